import t from 'tap'
import { digestOf } from '../../../src/oci/digest.ts'
import { createAppendBody } from '../../../storage/blobs/filesystem/append-body.ts'
import { createHashThreads } from '../../../storage/blobs/filesystem/hash-threads.ts'
import { createLiveHashes } from '../../../storage/blobs/filesystem/live-hashes.ts'
import {
  createHashHere,
  createRunningHash,
} from '../../../storage/blobs/filesystem/running-hash.ts'
import { createWriteSlabs } from '../../../storage/blobs/filesystem/write-slabs.ts'
import { createWritebacks } from '../../../storage/blobs/filesystem/writeback.ts'
import { inChunks, noise } from '../../helpers/bytes.ts'
import { KiB, MiB } from '../../helpers/sizes.ts'
import { newUploadId } from '../../helpers/stores.ts'

function shared(content: Buffer): Buffer {
  const bytes = Buffer.from(new SharedArrayBuffer(content.length))
  content.copy(bytes)
  return bytes
}

t.test('many hashes run in the threads at once, each goes on after its digest', async (t) => {
  const threads = createHashThreads(2)
  const one = async (seed: number) => {
    const content = noise(3 * 64 * KiB, seed)
    const hash = createRunningHash('sha256', threads)
    for (const part of [0, 1, 2]) {
      const [from, to] = [part * 64 * KiB, (part + 1) * 64 * KiB]
      await hash.update(shared(content.subarray(from, to)))
      const soFar = digestOf(content.subarray(0, to))
      t.equal(`sha256:${await hash.digest()}`, soFar, `hash ${seed}, part ${part}`)
    }
    hash.end()
    t.equal(await hash.digest(), undefined, 'what has ended is not known any more')
  }
  await Promise.all([1, 2, 3, 4, 5].map(one))
})

t.test('a hash that began here stays here, though shared memory follows', async (t) => {
  const begin = () => t.fail('a thread was asked') as never
  const hash = createRunningHash('sha256', { begin })
  await hash.update(noise(10))
  await hash.update(shared(noise(20)))
  t.equal(`sha256:${await hash.digest()}`, digestOf(Buffer.concat([noise(10), noise(20)])))
})

t.test('the digest of nothing is known without any bytes', async (t) => {
  const hash = createRunningHash('sha256', createHashThreads())
  t.equal(`sha256:${await hash.digest()}`, digestOf(Buffer.alloc(0)))
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
  const hashes = createLiveHashes(createHashHere)
  const appendBody = createAppendBody({
    hashes,
    async syncing(id, sync) {
      await sync.catch((error) => {
        lost.push(id)
        throw error
      })
    },
  })
  let syncs = 0
  const file = {
    async writev<Chunks extends readonly NodeJS.ArrayBufferView[]>(buffers: Chunks) {
      return { bytesWritten: buffers.reduce((sum, { byteLength }) => sum + byteLength, 0), buffers }
    },
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

t.test('slabs are lent again, and only so many are kept', async (t) => {
  const slabs = createWriteSlabs()
  const first = slabs.take()
  t.not(slabs.take(), first)
  slabs.reuse(first)
  t.equal(slabs.take(), first)
  const many = Array.from({ length: 20 }, () => slabs.take())
  for (const slab of many) slabs.reuse(slab)
  const again = new Set(Array.from({ length: 20 }, () => slabs.take()))
  t.equal(many.filter((slab) => again.has(slab)).length, 16)
})
