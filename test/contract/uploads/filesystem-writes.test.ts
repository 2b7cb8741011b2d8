import { execFileSync } from 'node:child_process'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { digestOf } from '../../../src/oci/digest.ts'
import { type BatchFile, createBatches } from '../../../storage/blobs/filesystem/batches.ts'
import { createFilesystem } from '../../../storage/blobs/filesystem/create.ts'
import { createLiveHashes } from '../../../storage/blobs/filesystem/live-hashes.ts'
import { createHashHere } from '../../../storage/blobs/filesystem/running-hash.ts'
import { createWriteSlabs } from '../../../storage/blobs/filesystem/write-slabs.ts'
import { inChunks, noise } from '../../helpers/bytes.ts'
import { KiB, MiB } from '../../helpers/sizes.ts'
import { countOpenFiles, newUpload, newUploadId } from '../../helpers/stores.ts'

const slabs = createWriteSlabs()

/** A file in memory whose calls take at most `most` bytes, and fail from byte `full` on. */
function createSmallFile({
  most,
  full = Number.POSITIVE_INFINITY,
}: {
  most: number
  full?: number
}) {
  const content = Buffer.alloc(8 * MiB)
  let end = 0
  const file: BatchFile = {
    async writev(buffers, at) {
      if (at !== end) throw new Error(`a hole: written at ${at}, not at ${end}`)
      if (at >= full) throw new Error('disk full')
      const bytes = Buffer.concat(buffers as readonly Buffer[]).subarray(
        0,
        Math.min(most, full - at),
      )
      end = at + bytes.copy(content, at)
      return { bytesWritten: bytes.length }
    },
  }
  return { file, written: () => content.subarray(0, end) }
}

t.test('a file that takes few bytes a call gets all of them', async (t) => {
  const content = noise(2 * MiB + 5)
  for (const most of [1000, 64 * KiB, 64 * KiB + 1, MiB]) {
    const { file, written } = createSmallFile({ most })
    const hash = createHashHere('sha256')
    const batches = createBatches({ file, start: 0, hash, slabs })
    for await (const chunk of inChunks(content)) await batches.add(chunk)
    t.equal(await batches.finish(), content.length)
    t.ok(written().equals(content), `${most} bytes a call`)
    t.equal(`sha256:${await hash.digest()}`, digestOf(content))
  }
})

t.test('a file that takes nothing fails instead of being asked for ever', async (t) => {
  const { file } = createSmallFile({ most: 0 })
  const batches = createBatches({ file, start: 0, hash: undefined, slabs })
  await batches.add(noise(10))
  await t.rejects(batches.finish(), /no byte could be written at 0/)
})

t.test('after a failed write nothing more is written', async (t) => {
  const { file, written } = createSmallFile({ most: MiB, full: MiB + 10 })
  const batches = createBatches({ file, start: 0, hash: undefined, slabs })
  const body = inChunks(noise(8 * MiB))
  const appending = (async () => {
    for await (const chunk of body) await batches.add(chunk)
  })()
  await t.rejects(appending, /disk full/)
  await t.rejects(batches.finish(), /disk full/)
  t.equal(written().length, MiB + 10)
})

t.test('an upload onto a full device is refused and holds no file', async (t) => {
  const root = t.testdir()
  const stores = await createFilesystem({ root })
  const { uploads } = stores
  const id = newUploadId()
  await symlink('/dev/full', join(root, 'uploads', id))
  // The thread that hashes big bodies holds files of its own from the first of them on.
  await uploads.append(await newUpload(stores), 0, inChunks(noise(MiB)), 'sha256')
  const before = countOpenFiles()
  for (const size of [1, 5 * MiB]) {
    const appending = uploads.append(id, 0, inChunks(noise(size)), 'sha256')
    await t.rejects(appending, { code: 'ENOSPC' }, `${size} bytes`)
  }
  t.equal(countOpenFiles(), before)

  async function* slowly() {
    yield noise(MiB)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const slow = uploads.append(id, 0, slowly(), 'sha256')
  await t.rejects(slow, { code: 'ENOSPC' }, 'also if the body takes a rest when it fails')
})

/** The longest file this process may write; a write across it is cut, the next one fails. */
function limitFileSize(limit: string): void {
  execFileSync('prlimit', [`--fsize=${limit}:`, '--pid', String(process.pid)])
}

function lacksLimits(): string | false {
  try {
    limitFileSize('unlimited')
    return false
  } catch {
    return 'prlimit is not here or not allowed'
  }
}

const skip = lacksLimits()
t.test('an upload that hits a limit tells its length and can go on later', { skip }, async (t) => {
  const ignore = () => undefined
  process.on('SIGXFSZ', ignore)
  t.teardown(() => process.off('SIGXFSZ', ignore))
  const stores = await createFilesystem({ root: t.testdir() })
  const content = noise(4 * MiB)
  const limit = 1_500_000
  const id = await newUpload(stores)
  limitFileSize(String(limit))
  try {
    const appending = stores.uploads.append(id, 0, inChunks(content), 'sha256')
    await t.rejects(appending, { code: 'EFBIG' })
  } finally {
    limitFileSize('unlimited')
  }
  t.equal((await stores.uploads.stat(id))?.size, limit)
  await stores.uploads.append(id, limit, inChunks(content.subarray(limit)), 'sha256')
  t.ok(await stores.uploads.seal(id, digestOf(content)))
})

t.test('a body may use its buffer again when the next chunk is asked for', async (t) => {
  const stores = await createFilesystem({ root: t.testdir() })
  const content = noise(MiB)
  const shared = Buffer.alloc(64 * KiB)
  async function* reusing() {
    for await (const chunk of inChunks(content)) {
      chunk.copy(shared)
      yield shared
    }
  }
  const id = await newUpload(stores)
  await stores.uploads.append(id, 0, reusing(), 'sha256')
  t.ok(await stores.uploads.seal(id, digestOf(content)))
})

t.test('a live hash is given only for exactly what it covers', async (t) => {
  const hashes = createLiveHashes(createHashHere)
  const id = newUploadId()
  const hash = createHashHere('sha256')
  const live = { algorithm: 'sha256', size: 10, hash } as const
  hashes.keep(id, live)
  t.equal(hashes.take(id, 'sha256', 10), hash)
  t.equal(hashes.take(id, 'sha256', 10), undefined, 'once')
  for (const [algorithm, size] of [
    ['sha512', 10],
    ['sha256', 9],
    ['sha256', 11],
  ] as const) {
    hashes.keep(id, live)
    t.equal(hashes.take(id, algorithm, size), undefined, `${algorithm} of ${size} bytes`)
    t.equal(hashes.take(id, 'sha256', 10), undefined, 'and it is dropped')
  }
  hashes.keep(id, live)
  t.not(hashes.take(id, 'sha256', 0), hash, 'an empty upload begins anew')
})

t.test('the oldest live hash goes when there are too many', async (t) => {
  const hashes = createLiveHashes(createHashHere, 2)
  const live = { algorithm: 'sha256', size: 10, hash: createHashHere('sha256') } as const
  const [first, second, third] = [newUploadId(), newUploadId(), newUploadId()]
  for (const id of [first, second, first, third]) hashes.keep(id, live)
  t.ok(hashes.take(first, 'sha256', 10), 'used again since')
  t.equal(hashes.take(second, 'sha256', 10), undefined)
  t.ok(hashes.take(third, 'sha256', 10))
})
