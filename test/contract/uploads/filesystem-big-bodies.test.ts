import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { digestOf } from '../../../src/oci/digest.ts'
import { createAppendBody } from '../../../storage/blobs/filesystem/append-body.ts'
import { openToChange } from '../../../storage/blobs/filesystem/descriptor.ts'
import { createLiveHashes } from '../../../storage/blobs/filesystem/live-hashes.ts'
import {
  createHashHere,
  createRunningHash,
  createWriter,
  type RunningHash,
} from '../../../storage/blobs/filesystem/running-hash.ts'
import { createStoreThreads } from '../../../storage/blobs/filesystem/threads/threads.ts'
import { createWritebacks } from '../../../storage/blobs/filesystem/writeback.ts'
import { inChunks, noise } from '../../helpers/bytes.ts'
import { KiB, MiB } from '../../helpers/sizes.ts'
import { newUploadId } from '../../helpers/stores.ts'

/** A file of its own, and stores into it by way of a hash. */
async function openFile(t: Test, name = 'file') {
  const path = join(t.testdir(), name)
  const file = await makeFile(path)
  let position = 0
  return {
    content: () => readFileSync(path),
    fd: file.fd,
    async store(hash: RunningHash, bytes: Buffer, body = 1) {
      const at = position
      position += bytes.length
      // In memory of its own, which is given away.
      const chunks = [
        Buffer.from(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)),
      ]
      await hash.store({ file, position: at, chunks, size: bytes.length, body })
    },
  }

  async function makeFile(path: string) {
    writeFileSync(path, '')
    const opened = openToChange(path)
    t.teardown(() => opened.close())
    return opened
  }
}

t.test('many bodies are stored and hashed at once, each goes on after its digest', async (t) => {
  const threads = createStoreThreads(2)
  const one = async (seed: number) => {
    const file = await openFile(t, `${seed}`)
    const content = noise(3 * 100 * KiB, seed)
    const hash = createRunningHash('sha256', threads)
    for (const part of [0, 1, 2]) {
      const [from, to] = [part * 100 * KiB, (part + 1) * 100 * KiB]
      await file.store(hash, content.subarray(from, to), seed)
      const soFar = digestOf(content.subarray(0, to))
      t.equal(`sha256:${await hash.digest()}`, soFar, `body ${seed}, part ${part}`)
    }
    t.ok(file.content().equals(content))
    hash.end()
    t.equal(await hash.digest(), undefined, 'what has ended is not known any more')
  }
  for (const seed of [1, 2, 3, 4, 5]) await one(seed)
})

t.test('a hash that began here stays here, whoever writes', async (t) => {
  const file = await openFile(t)
  const hash = createRunningHash('sha256', createStoreThreads(1))
  const content = noise(300 * KiB)
  for (const [from, to] of [
    [0, 10],
    [10, 200 * KiB],
    [200 * KiB, 300 * KiB],
  ]) {
    await file.store(hash, content.subarray(from, to))
  }
  t.equal(`sha256:${await hash.digest()}`, digestOf(content))
  t.ok(file.content().equals(content))
  hash.end()
})

t.test('bytes are written also where their hash can not be known', async (t) => {
  const file = await openFile(t)
  const writer = createWriter(createStoreThreads(1))
  const content = noise(200 * KiB)
  await file.store(writer, content.subarray(0, 5))
  await file.store(writer, content.subarray(5))
  t.ok(file.content().equals(content))
  t.equal(await writer.digest(), undefined)
  writer.end()
})

t.test('the digest of nothing is known without any bytes', async (t) => {
  const hash = createRunningHash('sha256', createStoreThreads())
  t.equal(`sha256:${await hash.digest()}`, digestOf(Buffer.alloc(0)))
})

t.test('what failed to be written keeps the rest of its body from the file', async (t) => {
  const threads = createStoreThreads(1)
  const file = await openFile(t)
  const reading = openSync('/dev/null', 'r')
  t.teardown(() => closeSync(reading))
  const lane = threads.open('sha256')
  const piece = (fd: number, body: number) => ({
    fd,
    position: 0,
    chunks: [noise(10)].map((bytes) => new Uint8Array(bytes)),
    body,
  })
  // Both are on their way before the first has failed.
  const [failed, late] = [lane.store(piece(reading, 1)), lane.store(piece(file.fd, 1))]
  await t.rejects(failed, { code: 'EBADF', errno: -9 })
  await t.rejects(late, { code: 'EBADF' })
  t.equal(file.content().length, 0)
  await lane.store(piece(file.fd, 2))
  t.equal(file.content().length, 10, 'another body is written')
  lane.end()
})

t.test('one file at a time is synced while it comes, each stretch once', async (t) => {
  const calls: string[] = []
  let release = () => {}
  const file = (name: string) => ({
    datasync() {
      calls.push(name)
      return new Promise<void>((resolve) => {
        release = resolve
      })
    },
  })
  const writebacks = createWritebacks()
  const [first, second] = [writebacks.of(file('first')), writebacks.of(file('second'))]
  first.wrote(31 * MiB)
  t.same(calls, [], 'less than a stretch')
  first.wrote(MiB)
  second.wrote(64 * MiB)
  first.wrote(64 * MiB)
  t.same(calls, ['first'])
  let settled = false
  const settling = first.settle().then(() => {
    settled = true
  })
  await second.settle()
  t.notOk(settled, 'a sync under way is waited for')
  release()
  await settling
  second.wrote(1)
  t.same(calls, ['first', 'second'])
  release()
  await second.settle()
})

t.test('an early sync that fails ends the upload, however well the rest goes', async (t) => {
  const failure = Object.assign(new Error('lost'), { code: 'EIO' })
  const lost: unknown[] = []
  const threads = createStoreThreads()
  const hashes = createLiveHashes((algorithm) => createHashHere(algorithm, threads))
  const appendBody = createAppendBody({
    hashes,
    newWriter: () => createWriter(threads),
    async syncing(id, sync) {
      await sync.catch((error) => {
        lost.push(id)
        throw error
      })
    },
  })
  let syncs = 0
  const { fd, writev, close } = openToChange('/dev/null')
  t.teardown(close)
  const file = {
    fd,
    writev,
    async datasync() {
      syncs += 1
      throw failure
    },
  }
  const id = newUploadId()
  const body = inChunks(noise(33 * MiB))
  await t.rejects(appendBody({ id, file, size: 0, body, algorithm: 'sha256' }), failure)
  t.same(lost, [id], 'it is given up')
  t.equal(syncs, 1, 'and not synced again')
  t.equal(hashes.take(id, 'sha256', 33 * MiB), undefined)
})
