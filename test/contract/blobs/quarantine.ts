import type { Test } from 'tap'
import { collect, listAll, noise } from '../../helpers/bytes.ts'
import { MiB } from '../../helpers/sizes.ts'
import { type MakeStores, storeBlob } from '../../helpers/stores.ts'

export function quarantineCases(t: Test, makeStores: MakeStores): void {
  t.test('an object that was put aside is absent, also after a restart', async (t) => {
    const rig = await makeStores(t)
    const { key } = await storeBlob(rig, noise(100))
    const other = await storeBlob(rig, noise(100))
    await rig.blobs.quarantine(key)
    for (const { blobs } of [rig, await rig.reopen()]) {
      t.equal(await blobs.stat(key), undefined)
      t.equal(await blobs.open(key), undefined)
      t.same(await listAll(blobs.list()), [other.key])
    }
    await t.resolves(rig.blobs.quarantine(key), 'a second time is no error')
  })

  t.test('an object that is put aside while it is read can be read to its end', async (t) => {
    const stores = await makeStores(t)
    const content = noise(3 * MiB)
    const { key } = await storeBlob(stores, content)
    const opened = await stores.blobs.open(key)
    await stores.blobs.quarantine(key)
    t.ok(opened && (await collect(opened)).equals(content))
  })

  t.test('an open object tells its size and the version it was sealed with', async (t) => {
    const rig = await makeStores(t)
    const { key, size, version } = await storeBlob(rig, noise(100))
    const { blobs } = await rig.reopen()
    for (const range of [undefined, { start: 5, end: 6 }]) {
      const opened = await blobs.open(key, range)
      t.match(opened, { size, version })
      await opened?.[Symbol.asyncIterator]().return?.()
    }
    t.match(await blobs.load(key, size), { version })
    t.equal(await blobs.version(key), version)
  })

  t.test('an object that was changed has another version', async (t) => {
    const rig = await makeStores(t)
    const { key, version } = await storeBlob(rig, noise(100))
    t.equal(await rig.blobs.version(key), version)
    await rig.shorten(key, 99)
    t.not(await rig.blobs.version(key), version, 'seen at once, also right after a look')
    const opened = await rig.blobs.open(key)
    t.equal(opened?.size, 99)
    t.not(opened?.version, version)
    await opened?.[Symbol.asyncIterator]().return?.()
  })

  t.test('an object that is gone has no version, also right after a look', async (t) => {
    const { blobs, ...rig } = await makeStores(t)
    for (const leave of [blobs.delete, blobs.quarantine]) {
      const { key, version } = await storeBlob({ ...rig, blobs }, noise(100))
      for (const _ of [1, 2]) t.equal(await blobs.version(key), version)
      await leave(key)
      for (const _ of [1, 2]) t.equal(await blobs.version(key), undefined)
    }
  })

  t.test('an object of another size than it is loaded with is damaged', async (t) => {
    const { blobs, ...rig } = await makeStores(t)
    const { key } = await storeBlob({ ...rig, blobs }, noise(100))
    for (const size of [0, 99, 101]) {
      t.match(await blobs.load(key, size).catch((error) => error), { damage: 'wrong size' })
    }
    t.equal((await blobs.load(key, 100))?.bytes.length, 100)
  })

  t.test('an object that is shorter than its range is damaged', async (t) => {
    const rig = await makeStores(t)
    const { key } = await storeBlob(rig, noise(100))
    await rig.shorten(key, 50)
    const opened = await rig.blobs.open(key, { start: 40, end: 60 })
    if (opened === undefined) throw new Error('it is not there')
    t.match(await collect(opened).catch((error) => error), { damage: 'wrong size' })
  })
}
