import type { Test } from 'tap'
import { algorithms, digestOf } from '../../../src/oci/digest.ts'
import { failingAfter, inChunks, noise } from '../../helpers/bytes.ts'
import { KiB, MiB, sizes } from '../../helpers/sizes.ts'
import { type MakeStores, newUpload } from '../../helpers/stores.ts'

const pieces = [64 * KiB, MiB - 1, MiB, 3 * MiB]
const nothing = Buffer.alloc(0)

/** A body that counts what was taken from it. */
function counted(content: Buffer) {
  const count = { bytes: 0, ended: false }
  async function* body() {
    for await (const chunk of inChunks(content)) {
      count.bytes += chunk.length
      yield chunk
    }
    count.ended = true
  }
  return { count, body: body() }
}

export function appendCases(t: Test, makeStores: MakeStores): void {
  for (const algorithm of algorithms) {
    t.test(`bodies of each size are stored and hashed by ${algorithm}`, async (t) => {
      const stores = await makeStores(t)
      for (const size of sizes) {
        const id = await newUpload(stores)
        const { count, body } = counted(noise(size))
        t.same(await stores.uploads.append(id, 0, body, algorithm), { size })
        t.same(count, { bytes: size, ended: true }, 'the body was read to its end')
        t.equal((await stores.uploads.stat(id))?.size, size)
        const sealed = await stores.uploads.seal(id, digestOf(noise(size), algorithm))
        t.equal(sealed?.size, size, `${size} bytes`)
      }
    })
  }

  t.test('chunks may have any size', async (t) => {
    const stores = await makeStores(t)
    const content = noise(3 * MiB + 5)
    for (const piece of pieces) {
      const id = await newUpload(stores)
      await stores.uploads.append(id, 0, inChunks(content, piece), 'sha256')
      t.ok(await stores.uploads.seal(id, digestOf(content)), `chunks of ${piece} bytes`)
    }
  })

  t.test('single bytes and empty chunks are stored too', async (t) => {
    const stores = await makeStores(t)
    const content = noise(5000)
    const id = await newUpload(stores)
    async function* body() {
      for await (const chunk of inChunks(content, 1)) {
        yield nothing
        yield chunk
      }
      yield nothing
    }
    t.same(await stores.uploads.append(id, 0, body(), 'sha256'), { size: 5000 })
    t.ok(await stores.uploads.seal(id, digestOf(content)))
  })

  t.test('an upload grows by many bodies, some of them empty', async (t) => {
    const stores = await makeStores(t)
    const content = noise(5 * MiB + 7)
    const id = await newUpload(stores)
    const steps = [0, 0, 1, 64 * KiB, 64 * KiB, MiB, 3 * MiB + 1, content.length]
    for (const [index, offset] of steps.entries()) {
      const end = steps[index + 1] ?? content.length
      const body = inChunks(content.subarray(offset, end))
      t.same(await stores.uploads.append(id, offset, body, 'sha256'), { size: end })
    }
    t.ok(await stores.uploads.seal(id, digestOf(content)))
  })

  t.test('another offset than the length is refused before the body is read', async (t) => {
    const stores = await makeStores(t)
    const id = await newUpload(stores)
    await stores.uploads.append(id, 0, inChunks(noise(10)), 'sha256')
    for (const offset of [0, 9, 11, -1, 10.5]) {
      const { count, body } = counted(noise(MiB))
      await t.rejects(stores.uploads.append(id, offset, body, 'sha256'), RangeError, `at ${offset}`)
      t.same(count, { bytes: 0, ended: false })
    }
    t.equal((await stores.uploads.stat(id))?.size, 10)
    await stores.uploads.append(id, 10, inChunks(noise(5)), 'sha256')
    const content = Buffer.concat([noise(10), noise(5)])
    t.ok(await stores.uploads.seal(id, digestOf(content)), 'and the upload goes on')
  })

  t.test('a body is not read far ahead of what is stored', async (t) => {
    const rig = await makeStores(t)
    const id = await newUpload(rig)
    let taken = 0
    let most = 0
    async function* body() {
      for await (const chunk of inChunks(noise(16 * MiB))) {
        taken += chunk.length
        yield chunk
        most = Math.max(most, taken - ((await rig.uploads.stat(id))?.size ?? 0))
      }
    }
    await rig.uploads.append(id, 0, body(), 'sha256')
    t.equal(taken, 16 * MiB)
    t.ok(most <= rig.collects, `${most} bytes were taken and not stored`)
  })

  for (const size of [0, 1, 100 * KiB, MiB, 3 * MiB + 5]) {
    t.test(`of a body that fails after ${size} bytes, what arrived is kept`, async (t) => {
      const stores = await makeStores(t)
      const { uploads } = stores
      const content = noise(size + 100)
      const error = new Error('connection lost')
      const id = await newUpload(stores)
      const broken = failingAfter(content.subarray(0, size), error)
      await t.rejects(uploads.append(id, 0, broken, 'sha256'), error)
      t.equal((await uploads.stat(id))?.size, size)

      await uploads.append(id, size, inChunks(content.subarray(size)), 'sha256')
      t.ok(await uploads.seal(id, digestOf(content)), 'and the rest can follow')
    })
  }

  t.test('a failed body can be taken back', async (t) => {
    const stores = await makeStores(t)
    const content = noise(3 * MiB)
    const id = await newUpload(stores)
    await stores.uploads.append(id, 0, inChunks(content.subarray(0, MiB)), 'sha256')
    const broken = failingAfter(noise(MiB + 3, 1), new Error('connection lost'))
    await t.rejects(stores.uploads.append(id, MiB, broken, 'sha256'), /connection lost/)
    await stores.uploads.truncate(id, MiB)
    await stores.uploads.append(id, MiB, inChunks(content.subarray(MiB)), 'sha256')
    t.ok(await stores.uploads.seal(id, digestOf(content)))
  })

  t.test('many uploads can grow at the same time', async (t) => {
    const stores = await makeStores(t)
    const uploads = Array.from({ length: 50 }, async (_, seed) => {
      const content = noise(MiB + seed, seed)
      const id = await newUpload(stores)
      const half = content.length >> 1
      await stores.uploads.append(id, 0, inChunks(content.subarray(0, half)), 'sha256')
      await stores.uploads.append(id, half, inChunks(content.subarray(half)), 'sha256')
      return (await stores.uploads.seal(id, digestOf(content)))?.size === content.length
    })
    t.same(new Set(await Promise.all(uploads)), new Set([true]))
  })
}
