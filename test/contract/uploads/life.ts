import type { Test } from 'tap'
import { digestOf } from '../../../src/oci/digest.ts'
import type { StorageKey, UploadId } from '../../../storage/blobs/store.ts'
import { inChunks, listAll, noise } from '../../helpers/bytes.ts'
import { MiB } from '../../helpers/sizes.ts'
import { type MakeStores, newUpload, newUploadId, storeBlob } from '../../helpers/stores.ts'

const strangeIds = [
  '',
  '..',
  'a'.repeat(35),
  'a'.repeat(37),
  `../${'a'.repeat(33)}`,
  `${'a'.repeat(35)}/`,
  `${'a'.repeat(35)}.`,
  `${'a'.repeat(35)}\0`,
  `${'a'.repeat(36)}\n`,
  'é'.repeat(36),
] as UploadId[]

const cuts = [0, 1, 64 * 1024, MiB, 3 * MiB - 1, 3 * MiB]

export function lifeCases(t: Test, makeStores: MakeStores): void {
  t.test('a new upload is empty', async (t) => {
    const stores = await makeStores(t)
    t.equal((await stores.uploads.stat(await newUpload(stores)))?.size, 0)
  })

  t.test('an id can be used once', async (t) => {
    const stores = await makeStores(t)
    const id = await newUpload(stores)
    await stores.uploads.append(id, 0, inChunks(noise(10)), 'sha256')
    await t.rejects(stores.uploads.create(id))
    t.equal((await stores.uploads.stat(id))?.size, 10)
  })

  t.test('an upload that never was is absent', async (t) => {
    const { uploads } = await makeStores(t)
    const id = newUploadId()
    t.equal((await uploads.stat(id))?.size, undefined)
    await t.rejects(uploads.append(id, 0, inChunks(noise(1)), 'sha256'), /no upload/)
    await t.rejects(uploads.truncate(id, 0), /no upload/)
    await t.rejects(uploads.seal(id, digestOf(Buffer.alloc(0))), /no upload/)
    await t.resolves(uploads.abort(id))
    t.equal((await uploads.stat(id))?.size, undefined, 'none of this makes one')
  })

  t.test('an aborted upload is gone, and aborting it again is no error', async (t) => {
    const stores = await makeStores(t)
    const id = await newUpload(stores)
    await stores.uploads.append(id, 0, inChunks(noise(MiB)), 'sha256')
    await stores.uploads.abort(id)
    t.equal((await stores.uploads.stat(id))?.size, undefined)
    t.same(await listAll(stores.uploads.list()), [])
    await t.resolves(stores.uploads.abort(id))
  })

  t.test('unfinished uploads are listed, finished ones are not', async (t) => {
    const stores = await makeStores(t)
    const open = [await newUpload(stores), await newUpload(stores), await newUpload(stores)]
    await stores.uploads.abort(await newUpload(stores))
    await storeBlob(stores, noise(10))
    t.same((await listAll(stores.uploads.list())).sort(), open.sort())
  })

  t.test('an upload is listed and has its length after a restart', async (t) => {
    const rig = await makeStores(t)
    const id = await newUpload(rig)
    await rig.uploads.append(id, 0, inChunks(noise(MiB + 1)), 'sha256')
    const { uploads } = await rig.reopen()
    t.same(await listAll(uploads.list()), [id])
    t.equal((await uploads.stat(id))?.size, MiB + 1)
  })

  t.test('an upload that is cut back goes on from there', async (t) => {
    const stores = await makeStores(t)
    const content = noise(3 * MiB)
    const { uploads } = stores
    for (const size of cuts) {
      const id = await newUpload(stores)
      await uploads.append(id, 0, inChunks(noise(3 * MiB, 1)), 'sha256')
      await uploads.truncate(id, size)
      t.equal((await uploads.stat(id))?.size, size, `cut to ${size}`)
      await uploads.append(id, size, inChunks(content.subarray(size)), 'sha256')
      const expected = Buffer.concat([noise(3 * MiB, 1).subarray(0, size), content.subarray(size)])
      t.ok(await uploads.seal(id, digestOf(expected)), 'and the digest knows')
    }
  })

  t.test('an upload cut back to nothing, or not at all, is sealed as it is', async (t) => {
    const stores = await makeStores(t)
    const content = noise(MiB + 1)
    for (const left of [0, content.length]) {
      const id = await newUpload(stores)
      await stores.uploads.append(id, 0, inChunks(content), 'sha256')
      await stores.uploads.truncate(id, left)
      const sealed = await stores.uploads.seal(id, digestOf(content.subarray(0, left)))
      t.equal(sealed?.size, left)
    }
  })

  t.test('an upload is never cut to more than it has', async (t) => {
    const stores = await makeStores(t)
    const id = await newUpload(stores)
    await stores.uploads.append(id, 0, inChunks(noise(10)), 'sha256')
    for (const size of [11, -1, 0.5, Number.NaN]) {
      await t.rejects(stores.uploads.truncate(id, size), RangeError, `cut to ${size}`)
    }
    t.equal((await stores.uploads.stat(id))?.size, 10)
  })

  t.test('the room there is can be told, or has no limit', async (t) => {
    const { uploads } = await makeStores(t)
    const space = await uploads.space()
    if (space === undefined) return t.pass('no limit')
    const pairs = [
      [space.free, space.total],
      [space.freeFiles ?? 0, space.files ?? 1],
    ] as const
    t.equal(space.freeFiles === undefined, space.files === undefined, 'files: both or none')
    for (const [free, total] of pairs) {
      t.ok(Number.isSafeInteger(free) && free >= 0, `${free}`)
      t.ok(Number.isSafeInteger(total) && total > 0 && total >= free, `of ${total}`)
    }
    return undefined
  })

  t.test('a text that is no id is refused', async (t) => {
    const { uploads } = await makeStores(t)
    const nothing = digestOf(Buffer.alloc(0))
    for (const id of strangeIds) {
      const name = JSON.stringify(id)
      await t.rejects(uploads.create(id), /not an upload id/, `create ${name}`)
      await t.rejects(uploads.stat(id), /not an upload id/, `stat ${name}`)
      const appending = uploads.append(id, 0, inChunks(noise(1)), 'sha256')
      await t.rejects(appending, /not an upload id/, `append ${name}`)
      await t.rejects(uploads.truncate(id, 0), /not an upload id/, `truncate ${name}`)
      await t.rejects(uploads.seal(id, nothing), /not an upload id/, `seal ${name}`)
      await t.rejects(uploads.abort(id), /not an upload id/, `abort ${name}`)
    }
  })

  t.test('a key tells its upload; another text tells none', async (t) => {
    const stores = await makeStores(t)
    const id = await newUpload(stores)
    const sealed = await stores.uploads.seal(id, digestOf(Buffer.alloc(0)))
    t.equal(sealed && stores.uploads.originOf(sealed.key), id)
    for (const key of ['', 'sha256', id, `sha256/e3/${id}`, `${sealed?.key}x`]) {
      t.equal(stores.uploads.originOf(key as StorageKey), undefined, JSON.stringify(key))
    }
  })
}
