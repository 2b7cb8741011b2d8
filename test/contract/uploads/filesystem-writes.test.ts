import { execFileSync } from 'node:child_process'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { type Algorithm, digestOf } from '../../../src/oci/digest.ts'
import { createBatches } from '../../../storage/blobs/filesystem/batches.ts'
import { createFilesystem } from '../../../storage/blobs/filesystem/create.ts'
import type { Descriptor } from '../../../storage/blobs/filesystem/descriptor.ts'
import { createLiveHashes } from '../../../storage/blobs/filesystem/live-hashes.ts'
import { createHashHere } from '../../../storage/blobs/filesystem/running-hash.ts'
import { createStoreThreads } from '../../../storage/blobs/filesystem/threads/threads.ts'
import { writeAll } from '../../../storage/blobs/filesystem/write-all.ts'
import { inChunks, noise } from '../../helpers/bytes.ts'
import { KiB, MiB } from '../../helpers/sizes.ts'
import { countOpenFiles, newUpload, newUploadId } from '../../helpers/stores.ts'

const threads = createStoreThreads()
const hashHere = (algorithm: Algorithm) => createHashHere(algorithm, threads)

/** A file in memory whose calls take at most `most` bytes. */
function createSmallFile(most: number) {
  const content = Buffer.alloc(8 * MiB)
  let end = 0
  const file: Pick<Descriptor, 'writev'> = {
    async writev(buffers, at) {
      if (at !== end) throw new Error(`a hole: written at ${at}, not at ${end}`)
      const bytes = Buffer.concat(buffers as readonly Buffer[]).subarray(0, most)
      end = at + bytes.copy(content, at)
      return { bytesWritten: bytes.length }
    },
  }
  return { file, written: () => content.subarray(0, end) }
}

t.test('a file that takes few bytes a call gets all of them', async (t) => {
  const content = noise(2 * MiB + 5)
  for (const most of [1000, 64 * KiB, 64 * KiB + 1, MiB]) {
    const { file, written } = createSmallFile(most)
    const pieces = [content.subarray(0, 7), Buffer.alloc(0), content.subarray(7)]
    await writeAll(file, pieces, 0)
    t.ok(written().equals(content), `${most} bytes a call`)
  }
})

t.test('a file that takes nothing fails instead of being asked for ever', async (t) => {
  const { file } = createSmallFile(0)
  await t.rejects(writeAll(file, [noise(10)], 0), /no byte could be written at 0/)
})

/** A store of batches whose calls end when they are told to. */
function createSlowStore() {
  const calls: { readonly position: number; readonly bytes: number; end(error?: Error): void }[] =
    []
  const store = (position: number, _chunks: readonly Buffer[], bytes: number) =>
    new Promise<void>((resolve, reject) => {
      calls.push({ position, bytes, end: (error) => (error ? reject(error) : resolve()) })
    })
  return { calls, store }
}

t.test('a body that comes slowly is stored as it comes', async (t) => {
  const { calls, store } = createSlowStore()
  const batches = createBatches({ start: 0, size: () => MiB, given: false, store })
  await batches.add(Buffer.alloc(10))
  await delay(1100)
  t.equal(calls.length, 0, 'who stands still does not move')
  await batches.add(Buffer.alloc(5))
  t.match(calls, [{ position: 0, bytes: 15 }])
  await batches.add(Buffer.alloc(5))
  t.equal(calls.length, 1)
  const end = batches.finish()
  for (let stored = 0; stored < 2; stored++) {
    while (calls.length <= stored) await delay(1)
    calls[stored]?.end()
  }
  t.equal(await end, 20)
})

t.test('two batches are stored while a third is collected, and no more', async (t) => {
  const { calls, store } = createSlowStore()
  const stored: number[] = []
  const onStored = (bytes: number) => void stored.push(bytes)
  const batches = createBatches({ start: 5, size: () => 100, given: false, store, onStored })
  await batches.add(noise(60))
  t.same(calls, [], 'too little for a batch')
  await batches.add(noise(60))
  await batches.add(noise(100))
  let room = false
  const third = batches.add(noise(100)).then(() => {
    room = true
  })
  await new Promise(setImmediate)
  t.notOk(room)
  t.match(calls, [
    { position: 5, bytes: 120 },
    { position: 125, bytes: 100 },
  ])
  calls[1]?.end()
  await new Promise(setImmediate)
  t.notOk(room, 'the first is still under way')
  t.same(stored, [])
  calls[0]?.end()
  await third
  t.same(stored, [120, 100])
  const finished = batches.finish()
  calls[2]?.end()
  t.equal(await finished, 325)
})

t.test(
  'after a failure nothing more is stored, and the end waits for what is under way',
  async (t) => {
    const { calls, store } = createSlowStore()
    const batches = createBatches({ start: 0, size: () => 10, given: false, store })
    await batches.add(noise(10))
    await batches.add(noise(10))
    const third = batches.add(noise(10))
    calls[0]?.end(new Error('disk full'))
    await t.rejects(third, /disk full/)
    let ended = false
    const finished = batches.finish().finally(() => {
      ended = true
    })
    finished.catch(() => undefined)
    await new Promise(setImmediate)
    t.notOk(ended)
    calls[1]?.end()
    await t.rejects(finished, /disk full/)
    t.equal(calls.length, 2)
  },
)

t.test('only chunks that are given, whole and nobody else’s, are not copied', async (t) => {
  const kept: (readonly Buffer[])[] = []
  const store = async (_position: number, chunks: readonly Buffer[]) => void kept.push(chunks)
  const whole = Buffer.allocUnsafeSlow(10)
  const part = whole.subarray(1)
  const shared = Buffer.from(new SharedArrayBuffer(10))
  for (const given of [true, false]) {
    const batches = createBatches({ start: 0, size: () => 1, given, store })
    for (const chunk of [whole, part, shared]) await batches.add(chunk)
    await batches.finish()
  }
  const buffers = kept.map(([chunk]) => chunk?.buffer)
  t.equal(buffers[0], whole.buffer)
  for (const buffer of buffers.slice(1)) {
    t.ok(buffer instanceof ArrayBuffer && buffer !== whole.buffer)
  }
})

t.test('an upload onto a full device is refused and holds no file', async (t) => {
  const root = t.testdir()
  const stores = await createFilesystem({ root })
  const { uploads } = stores
  const id = newUploadId()
  await symlink('/dev/full', join(root, 'uploads', id))
  // The thread that stores big bodies holds files of its own from the first of them on.
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
  const hashes = createLiveHashes(hashHere)
  const id = newUploadId()
  const hash = hashHere('sha256')
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
  const hashes = createLiveHashes(hashHere, 2)
  const live = { algorithm: 'sha256', size: 10, hash: hashHere('sha256') } as const
  const [first, second, third] = [newUploadId(), newUploadId(), newUploadId()]
  for (const id of [first, second, first, third]) hashes.keep(id, live)
  t.ok(hashes.take(first, 'sha256', 10), 'used again since')
  t.equal(hashes.take(second, 'sha256', 10), undefined)
  t.ok(hashes.take(third, 'sha256', 10))
})
