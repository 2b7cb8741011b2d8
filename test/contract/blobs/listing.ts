import type { Test } from 'tap'
import type { StorageKey } from '../../../storage/blobs/store.ts'
import { listAll, noise } from '../../helpers/bytes.ts'
import { type MakeStores, newUpload, type Stores, storeBlob } from '../../helpers/stores.ts'

/** Forty keys of both algorithms, two of them with one content, in byte order. */
async function storeMany(stores: Stores): Promise<StorageKey[]> {
  const keys: StorageKey[] = []
  for (let seed = 0; seed < 39; seed += 1) {
    const algorithm = seed % 4 === 0 ? 'sha512' : 'sha256'
    keys.push((await storeBlob(stores, noise(10, seed), algorithm)).key)
  }
  keys.push((await storeBlob(stores, noise(10, 1))).key)
  return keys.sort()
}

export function listingCases(t: Test, makeStores: MakeStores): void {
  t.test('an empty store lists nothing', async (t) => {
    const { blobs } = await makeStores(t)
    t.same(await listAll(blobs.list()), [])
  })

  t.test('all keys are listed in byte order, and no unfinished upload', async (t) => {
    const stores = await makeStores(t)
    const keys = await storeMany(stores)
    await newUpload(stores)
    t.same(await listAll(stores.blobs.list()), keys)
  })

  t.test('a list goes on after any key, without it', async (t) => {
    const stores = await makeStores(t)
    const keys = await storeMany(stores)
    for (const [index, key] of keys.entries()) {
      t.same(await listAll(stores.blobs.list(key)), keys.slice(index + 1), `after key ${index}`)
    }
  })

  t.test('a list goes on after a key that was removed', async (t) => {
    const stores = await makeStores(t)
    const keys = await storeMany(stores)
    const [gone] = keys.splice(20, 1) as [StorageKey]
    await stores.blobs.delete(gone)
    t.same(await listAll(stores.blobs.list(gone)), keys.slice(20))
  })

  t.test('objects may be removed while they are listed', async (t) => {
    const stores = await makeStores(t)
    const keys = await storeMany(stores)
    const seen: StorageKey[] = []
    for await (const key of stores.blobs.list()) {
      seen.push(key)
      await stores.blobs.delete(key)
    }
    t.same(seen, keys)
    t.same(await listAll(stores.blobs.list()), [])
  })
}
