import type { Test } from 'tap'
import { algorithms, digestOf } from '../../../src/oci/digest.ts'
import type { StorageKey } from '../../../storage/blobs/store.ts'
import { collect, listAll, noise } from '../../helpers/bytes.ts'
import { MiB, sizes } from '../../helpers/sizes.ts'
import { type MakeStores, newUploadId, storeBlob } from '../../helpers/stores.ts'

const ranges = [
  { size: 1, start: 0, end: 0, what: 'the only byte' },
  { size: 100, start: 0, end: 0, what: 'the first byte' },
  { size: 100, start: 99, end: 99, what: 'the last byte' },
  { size: 100, start: 10, end: 19, what: 'ten bytes in the middle' },
  { size: 100, start: 0, end: 99, what: 'all bytes' },
  { size: 3 * MiB, start: MiB - 1, end: MiB, what: 'two bytes around a border of chunks' },
  { size: 3 * MiB, start: MiB, end: 2 * MiB - 1, what: 'exactly a chunk' },
  { size: 3 * MiB, start: 5, end: 2 * MiB + 5, what: 'a chunk and a bit more, off the borders' },
  { size: 5 * MiB + 7, start: 3, end: 5 * MiB + 6, what: 'all but the first three' },
]

const badRanges = [
  { start: 5, end: 4 },
  { start: -1, end: 4 },
  { start: 0.5, end: 4 },
  { start: 0, end: Number.NaN },
]

const hex = 'ab'.repeat(32)
const strangeKeys = [
  '',
  '.',
  '..',
  'sha256',
  `../uploads/${newUploadId()}`,
  `/sha256/ab/${hex}-${newUploadId()}`,
  `sha256/ab/../ab/${hex}-${newUploadId()}`,
  `sha256/cd/${hex}-${newUploadId()}`,
  `sha256/ab/${hex.toUpperCase()}-${newUploadId()}`,
  `sha256/ab/${hex}`,
  `sha256/ab/${hex}-${newUploadId()}\n`,
  `sha256/ab/${hex}-${newUploadId()}\0`,
  `sha256/ab/${hex}-${'.'.repeat(36)}`,
  `sha512/ab/${hex}-${newUploadId()}`,
  `md5/ab/${'ab'.repeat(16)}-${newUploadId()}`,
] as StorageKey[]

export function objectCases(t: Test, makeStores: MakeStores): void {
  for (const algorithm of algorithms) {
    t.test(`objects of each size come back whole, sealed by ${algorithm}`, async (t) => {
      const stores = await makeStores(t)
      for (const size of sizes) {
        const content = noise(size)
        const { key } = await storeBlob(stores, content, algorithm)
        t.equal(await stores.blobs.stat(key), size, `stat of ${size} bytes`)
        const bytes = await stores.blobs.open(key)
        const read = bytes && (await collect(bytes))
        t.equal(read && digestOf(read), digestOf(content), `content of ${size} bytes`)
        const loaded = await stores.blobs.load(key, size)
        t.ok(loaded?.bytes.equals(content), `${size} bytes at once`)
      }
    })
  }

  t.test('a range gives exactly its bytes, both ends included', async (t) => {
    const stores = await makeStores(t)
    for (const { size, start, end, what } of ranges) {
      const content = noise(size)
      const { key } = await storeBlob(stores, content)
      const bytes = await stores.blobs.open(key, { start, end })
      const read = bytes && (await collect(bytes))
      t.ok(read?.equals(content.subarray(start, end + 1)), `${what}: ${start}-${end} of ${size}`)
    }
  })

  t.test('what is no range is refused', async (t) => {
    const stores = await makeStores(t)
    const { key } = await storeBlob(stores, noise(100))
    for (const range of badRanges) {
      await t.rejects(stores.blobs.open(key, range), RangeError, `${range.start}-${range.end}`)
    }
  })

  t.test('an object is seen after a restart', async (t) => {
    const rig = await makeStores(t)
    const content = noise(MiB + 1)
    const { key } = await storeBlob(rig, content)
    const { blobs } = await rig.reopen()
    const bytes = await blobs.open(key)
    t.ok(bytes && (await collect(bytes)).equals(content))
  })

  t.test('a removed object is absent, and removing it again is no error', async (t) => {
    const stores = await makeStores(t)
    const { key } = await storeBlob(stores, noise(100))
    await stores.blobs.delete(key)
    t.equal(await stores.blobs.stat(key), undefined)
    t.equal(await stores.blobs.open(key), undefined)
    t.equal(await stores.blobs.open(key, { start: 0, end: 9 }), undefined)
    t.equal(await stores.blobs.load(key, 100), undefined)
    t.same(await listAll(stores.blobs.list()), [])
    await t.resolves(stores.blobs.delete(key))
  })

  t.test('a key that no object ever had is absent', async (t) => {
    const stores = await makeStores(t)
    const { key } = await storeBlob(await makeStores(t), noise(100))
    const other = key.replace(stores.uploads.originOf(key) ?? '', newUploadId()) as StorageKey
    t.equal(await stores.blobs.stat(other), undefined)
    t.equal(await stores.blobs.open(other), undefined)
    await t.resolves(stores.blobs.delete(other))
  })

  t.test('removing one object leaves another with the same content', async (t) => {
    const stores = await makeStores(t)
    const content = noise(100)
    const [first, second] = [await storeBlob(stores, content), await storeBlob(stores, content)]
    t.not(first.key, second.key)
    await stores.blobs.delete(first.key)
    const bytes = await stores.blobs.open(second.key)
    t.ok(bytes && (await collect(bytes)).equals(content))
  })

  t.test('a text that is no key is refused', async (t) => {
    const { blobs } = await makeStores(t)
    for (const key of strangeKeys) {
      const name = JSON.stringify(key)
      await t.rejects(blobs.stat(key), /not a storage key/, `stat ${name}`)
      await t.rejects(blobs.open(key), /not a storage key/, `open ${name}`)
      await t.rejects(blobs.load(key, 0), /not a storage key/, `load ${name}`)
      await t.rejects(blobs.version(key), /not a storage key/, `version of ${name}`)
      await t.rejects(blobs.delete(key), /not a storage key/, `delete ${name}`)
      await t.rejects(listAll(blobs.list(key)), /not a storage key/, `list after ${name}`)
    }
  })

  t.test('a probe passes and leaves nothing behind', async (t) => {
    const { blobs, uploads } = await makeStores(t)
    await t.resolves(blobs.probe())
    t.same(await listAll(blobs.list()), [])
    t.same(await listAll(uploads.list()), [])
  })
}
