import type { Test } from 'tap'
import { type Algorithm, digestOf } from '../../../src/oci/digest.ts'
import type { UploadId } from '../../../storage/blobs/store.ts'
import { collect, inChunks, listAll, noise } from '../../helpers/bytes.ts'
import { MiB } from '../../helpers/sizes.ts'
import { type MakeStores, newUpload, type Rig, type Stores } from '../../helpers/stores.ts'

const content = noise(2 * MiB + 3)
const wrong = digestOf(noise(10, 1))

/** What happened to an upload of `content` before it is sealed; gives the stores to seal in. */
const histories: Record<string, (rig: Rig, id: UploadId) => Promise<Stores>> = {
  'right after one body': async (rig, id) => {
    await rig.uploads.append(id, 0, inChunks(content), 'sha256')
    return rig
  },
  'after a restart': async (rig, id) => {
    await rig.uploads.append(id, 0, inChunks(content), 'sha256')
    return rig.reopen()
  },
  'after a restart in the middle': async (rig, id) => {
    await rig.uploads.append(id, 0, inChunks(content.subarray(0, MiB)), 'sha256')
    const stores = await rig.reopen()
    await stores.uploads.append(id, MiB, inChunks(content.subarray(MiB)), 'sha256')
    return stores
  },
  'after parts hashed by both algorithms': async (rig, id) => {
    await rig.uploads.append(id, 0, inChunks(content.subarray(0, MiB)), 'sha256')
    await rig.uploads.append(id, MiB, inChunks(content.subarray(MiB, 2 * MiB)), 'sha512')
    await rig.uploads.append(id, 2 * MiB, inChunks(content.subarray(2 * MiB)), 'sha256')
    return rig
  },
  'after it was cut back': async (rig, id) => {
    const longer = Buffer.concat([content, noise(10)])
    await rig.uploads.append(id, 0, inChunks(longer), 'sha256')
    await rig.uploads.truncate(id, content.length)
    return rig
  },
  'after a digest that was wrong': async (rig, id) => {
    await rig.uploads.append(id, 0, inChunks(content), 'sha256')
    await rig.uploads.seal(id, wrong)
    return rig
  },
  'after a wrong digest of the other algorithm, before its last part': async (rig, id) => {
    await rig.uploads.append(id, 0, inChunks(content.subarray(0, MiB)), 'sha256')
    await rig.uploads.seal(id, digestOf(noise(10, 1), 'sha512'))
    await rig.uploads.append(id, MiB, inChunks(content.subarray(MiB)), 'sha256')
    return rig
  },
}

function sealsAsPromised(t: Test, makeStores: MakeStores, history: string, algorithm: Algorithm) {
  t.test(`an upload is sealed ${history}, by its ${algorithm}`, async (t) => {
    const rig = await makeStores(t)
    const id = await newUpload(rig)
    const { blobs, uploads } = (await histories[history]?.(rig, id)) ?? rig
    const sealed = await uploads.seal(id, digestOf(content, algorithm))
    t.equal(sealed?.size, content.length)
    const bytes = sealed && (await blobs.open(sealed.key))
    t.ok(bytes && (await collect(bytes)).equals(content))
    t.same(await listAll(blobs.list()), [sealed?.key])
  })
}

export function sealCases(t: Test, makeStores: MakeStores): void {
  for (const history of Object.keys(histories)) {
    sealsAsPromised(t, makeStores, history, 'sha256')
    sealsAsPromised(t, makeStores, history, 'sha512')
  }

  t.test('an empty upload is sealed, also one that nothing was appended to', async (t) => {
    const stores = await makeStores(t)
    const id = await newUpload(stores)
    const sealed = await stores.uploads.seal(id, digestOf(Buffer.alloc(0)))
    t.equal(sealed?.size, 0)
    t.equal(sealed && (await stores.blobs.stat(sealed.key)), 0)
  })

  t.test('a sealed upload is gone', async (t) => {
    const stores = await makeStores(t)
    const { uploads } = stores
    const id = await newUpload(stores)
    await uploads.append(id, 0, inChunks(content), 'sha256')
    t.ok(await uploads.seal(id, digestOf(content)))
    t.equal((await uploads.stat(id))?.size, undefined)
    t.same(await listAll(uploads.list()), [])
    await t.rejects(uploads.append(id, content.length, inChunks(content), 'sha256'), /no upload/)
    await t.rejects(uploads.truncate(id, 0), /no upload/)
    await t.rejects(uploads.seal(id, digestOf(content)), /no upload/)
  })

  t.test('aborting a sealed upload leaves its object', async (t) => {
    const stores = await makeStores(t)
    const id = await newUpload(stores)
    await stores.uploads.append(id, 0, inChunks(content), 'sha256')
    const sealed = await stores.uploads.seal(id, digestOf(content))
    await stores.uploads.abort(id)
    t.equal(sealed && (await stores.blobs.stat(sealed.key)), content.length)
  })

  t.test('a wrong digest publishes nothing and leaves the upload as it was', async (t) => {
    const rig = await makeStores(t)
    const id = await newUpload(rig)
    await rig.uploads.append(id, 0, inChunks(content.subarray(0, MiB)), 'sha256')
    for (const { uploads, blobs } of [rig, await rig.reopen()]) {
      t.equal(await uploads.seal(id, wrong), undefined)
      t.equal(await uploads.seal(id, digestOf(content)), undefined, 'the digest of more bytes')
      t.equal((await uploads.stat(id))?.size, MiB)
      t.same(await listAll(blobs.list()), [])
    }
    await rig.uploads.append(id, MiB, inChunks(content.subarray(MiB)), 'sha256')
    t.ok(await rig.uploads.seal(id, digestOf(content)), 'and it can still be finished')
  })

  t.test('the digest of what came so far is told, and the upload goes on', async (t) => {
    const rig = await makeStores(t)
    const id = await newUpload(rig)
    await rig.uploads.append(id, 0, inChunks(content.subarray(0, MiB)), 'sha256')
    for (const { uploads } of [rig, await rig.reopen()]) {
      const begun = content.subarray(0, MiB)
      t.equal(await uploads.digest(id, 'sha256'), digestOf(begun))
      t.equal(await uploads.digest(id, 'sha512'), digestOf(begun, 'sha512'))
    }
    await rig.uploads.append(id, MiB, inChunks(content.subarray(MiB)), 'sha256')
    t.equal(await rig.uploads.digest(id, 'sha256'), digestOf(content))
    t.ok(await rig.uploads.seal(id, digestOf(content)))
    await t.rejects(rig.uploads.digest(id, 'sha256'))
  })

  t.test('no object is visible before its upload is sealed', async (t) => {
    const stores = await makeStores(t)
    const id = await newUpload(stores)
    await stores.uploads.append(id, 0, inChunks(content), 'sha256')
    t.same(await listAll(stores.blobs.list()), [])
  })

  t.test('the same content uploaded twice at the same time has two keys', async (t) => {
    const stores = await makeStores(t)
    const ids = [await newUpload(stores), await newUpload(stores)]
    const sealed = await Promise.all(
      ids.map(async (id) => {
        await stores.uploads.append(id, 0, inChunks(content), 'sha256')
        return stores.uploads.seal(id, digestOf(content))
      }),
    )
    const keys = sealed.map((blob) => blob?.key)
    t.same((await listAll(stores.blobs.list())).sort(), keys.sort())
    t.equal(new Set(keys).size, 2)
  })
}
