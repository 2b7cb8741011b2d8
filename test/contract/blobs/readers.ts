import type { Test } from 'tap'
import type { BlobBytes, BlobStore, StorageKey } from '../../../storage/blobs/store.ts'
import { collect, noise } from '../../helpers/bytes.ts'
import { MiB } from '../../helpers/sizes.ts'
import { countOpenFiles, type MakeStores, storeBlob } from '../../helpers/stores.ts'

async function openBlob(
  blobs: BlobStore,
  ...[key, range]: Parameters<BlobStore['open']>
): Promise<BlobBytes> {
  const bytes = await blobs.open(key, range)
  if (bytes === undefined) throw new Error(`no blob ${key}`)
  return bytes
}

async function nextChunk(reader: AsyncIterator<Buffer>): Promise<Buffer> {
  const { value } = await reader.next()
  return value as Buffer
}

/** Long enough for a read that was begun ahead to land in its buffer. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5))
}

/** Ways to leave a reader; each must give back what it holds. */
const exits: Record<string, (blobs: BlobStore, key: StorageKey) => Promise<unknown>> = {
  'before the first chunk': async (blobs, key) => {
    await (await openBlob(blobs, key))[Symbol.asyncIterator]().return?.()
  },
  'after the first chunk': async (blobs, key) => {
    for await (const _ of await openBlob(blobs, key)) break
  },
  'while a chunk is being read': async (blobs, key) => {
    const reader = (await openBlob(blobs, key))[Symbol.asyncIterator]()
    await Promise.all([reader.next(), reader.return?.()])
  },
  twice: async (blobs, key) => {
    const reader = (await openBlob(blobs, key))[Symbol.asyncIterator]()
    await reader.return?.()
    await reader.return?.()
  },
  'by an error of the caller': async (blobs, key) => {
    try {
      for await (const _ of await openBlob(blobs, key)) throw new Error('the client went away')
    } catch {}
  },
  'at the end': async (blobs, key) => collect(await openBlob(blobs, key)),
}

const losses = [
  { size: 100, left: 0 },
  { size: 100, left: 99 },
  { size: 3 * MiB, left: 0 },
  { size: 3 * MiB, left: MiB },
  { size: 3 * MiB, left: MiB + MiB / 2 },
  { size: 3 * MiB, left: 3 * MiB - 1 },
]

export function readerCases(t: Test, makeStores: MakeStores): void {
  for (const [way, leave] of Object.entries(exits)) {
    t.test(`a reader that is left ${way} holds no file`, async (t) => {
      const stores = await makeStores(t)
      const { key } = await storeBlob(stores, noise(3 * MiB))
      await leave(stores.blobs, key)
      const before = countOpenFiles()
      for (let round = 0; round < 200; round += 1) await leave(stores.blobs, key)
      // A driver may keep a few connections; one leak a reader would be 200.
      t.ok(countOpenFiles() - before < 20, `${countOpenFiles() - before} more are open`)
    })
  }

  t.test('a reader that was left gives nothing more', async (t) => {
    const stores = await makeStores(t)
    const { key } = await storeBlob(stores, noise(3 * MiB))
    for (const chunks of [0, 1, 2]) {
      const reader = (await openBlob(stores.blobs, key))[Symbol.asyncIterator]()
      for (let count = 0; count < chunks; count += 1) await reader.next()
      await reader.return?.()
      t.same(await reader.next(), { done: true, value: undefined }, `after ${chunks} chunks`)
    }
  })

  t.test('a chunk stays untouched until the second next() after it', async (t) => {
    const stores = await makeStores(t)
    const content = noise(5 * MiB + 7)
    const { key } = await storeBlob(stores, content)
    const reader = (await openBlob(stores.blobs, key))[Symbol.asyncIterator]()
    let position = 0
    let chunk = await nextChunk(reader)
    while (chunk) {
      const following = await nextChunk(reader)
      await settle()
      const expected = content.subarray(position, position + chunk.length)
      t.ok(chunk.equals(expected), `the chunk at ${position}`)
      position += chunk.length
      chunk = following
    }
    t.equal(position, content.length)
  })

  for (const ending of ['at the end', 'early'] as const) {
    t.test(`another reader does not touch the chunks of one that stopped ${ending}`, async (t) => {
      const stores = await makeStores(t)
      const content = noise(4 * MiB, 1)
      const first = await storeBlob(stores, content)
      const second = await storeBlob(stores, noise(8 * MiB, 2))
      const reader = (await openBlob(stores.blobs, first.key))[Symbol.asyncIterator]()
      const chunks = [await nextChunk(reader), await nextChunk(reader)]
      if (ending === 'early') {
        await reader.return?.()
      } else {
        for (let chunk = await nextChunk(reader); chunk; chunk = await nextChunk(reader)) {
          chunks.push(chunk)
        }
      }
      const kept = chunks.slice(ending === 'early' ? -2 : -1)
      const end = chunks.reduce((bytes, chunk) => bytes + chunk.length, 0)
      const start = end - kept.reduce((bytes, chunk) => bytes + chunk.length, 0)
      await collect(await openBlob(stores.blobs, second.key))
      t.ok(Buffer.concat(kept).equals(content.subarray(start, end)))
    })
  }

  t.test('readers of one object at the same time do not disturb each other', async (t) => {
    const stores = await makeStores(t)
    const content = noise(5 * MiB + 7)
    const { key } = await storeBlob(stores, content)
    const readers = Array.from({ length: 100 }, async (_, index) => {
      const range = { start: index, end: content.length - 1 - index }
      const read = await collect(await openBlob(stores.blobs, key, range))
      return read.equals(content.subarray(range.start, range.end + 1))
    })
    t.same(new Set(await Promise.all(readers)), new Set([true]))
  })

  t.test('an object removed while it is read can be read to its end', async (t) => {
    const stores = await makeStores(t)
    const content = noise(5 * MiB + 7)
    for (const chunks of [0, 1]) {
      const { key } = await storeBlob(stores, content)
      const bytes = await openBlob(stores.blobs, key)
      const reader = bytes[Symbol.asyncIterator]()
      const head = chunks === 0 ? Buffer.alloc(0) : Buffer.from(await nextChunk(reader))
      await stores.blobs.delete(key)
      t.equal(await stores.blobs.stat(key), undefined)
      const tail = await collect({ [Symbol.asyncIterator]: () => reader })
      t.ok(Buffer.concat([head, tail]).equals(content), `removed after ${chunks} chunks`)
    }
  })

  t.test('an object that turns out shorter makes the iteration throw', async (t) => {
    const rig = await makeStores(t)
    for (const { size, left } of losses) {
      const { key } = await storeBlob(rig, noise(size))
      const bytes = await openBlob(rig.blobs, key)
      await rig.shorten(key, left)
      await t.rejects(collect(bytes), { message: new RegExp(key) }, `${left} of ${size} bytes left`)
      const part = await openBlob(rig.blobs, key, { start: 0, end: size - 1 })
      await t.rejects(collect(part), { message: new RegExp(key) }, 'and so does a range')
    }
  })

  t.test('an error of bytes that nobody asks for any more is no error', async (t) => {
    const rig = await makeStores(t)
    const { key } = await storeBlob(rig, noise(5 * MiB))
    const reader = (await openBlob(rig.blobs, key))[Symbol.asyncIterator]()
    await rig.shorten(key, MiB)
    t.ok(await nextChunk(reader))
    await settle()
    t.same(await reader.return?.(), { done: true, value: undefined })
  })

  t.test('a range that begins after the end makes the iteration throw', async (t) => {
    const stores = await makeStores(t)
    const { key } = await storeBlob(stores, noise(100))
    const bytes = await openBlob(stores.blobs, key, { start: 100, end: 109 })
    await t.rejects(collect(bytes), { message: new RegExp(key) })
  })
}
