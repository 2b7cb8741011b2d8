import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { digestOf } from '../../../src/oci/digest.ts'
import { parseRepositoryName } from '../../../src/oci/name.ts'
import { createHousekeeping } from '../../../src/services/housekeeping.ts'
import { createKeyedLock } from '../../../src/services/keyed-lock.ts'
import { createUploadTurns } from '../../../src/services/upload-turns.ts'
import { createUploads } from '../../../src/services/uploads.ts'
import type { BlobTable, TrashTable, UploadTable } from '../../../storage/metadata/store.ts'
import { openStores } from '../../../storage/open.ts'
import { inChunks, noise } from '../../helpers/bytes.ts'

const repository = parseRepositoryName('team/app')
const content = noise(100_000)
const digest = digestOf(content)

/** Calls of the metadata that may be made to fail. */
interface Writes {
  readonly commit: BlobTable['commit']
  readonly create: UploadTable['create']
  readonly remove: UploadTable['remove']
  readonly forget: TrashTable['forget']
}

const by = { client: '192.0.2.1' }

/** Uploads on real stores; `failing` says with which code a call to the metadata rejects. */
async function setUp(t: Test) {
  const root = t.testdir()
  const stores = await openStores({ root })
  t.teardown(stores.close)
  const failing = new Map<keyof Writes, string>()
  const unless = <Args extends readonly unknown[], Result>(
    name: keyof Writes,
    call: (...args: Args) => Promise<Result>,
  ) => {
    return async (...args: Args): Promise<Result> => {
      const code = failing.get(name)
      if (code !== undefined) throw Object.assign(new Error(`${name} failed`), { code })
      return call(...args)
    }
  }
  const { blobs, uploads, trash } = stores.metadata
  const metadata = {
    blobs: { ...blobs, commit: unless('commit', blobs.commit) },
    uploads: {
      ...uploads,
      create: unless('create', uploads.create),
      remove: unless('remove', uploads.remove),
    },
    trash: { ...trash, forget: unless('forget', trash.forget) },
  }
  const { uploadStore, blobStore } = stores
  const lock = createKeyedLock()
  const turns = createUploadTurns({ lock })
  const room = { admit: async () => undefined, fit: async () => undefined }
  const filesIn = (folder: string) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
  return {
    failing,
    filesIn,
    metadata: stores.metadata,
    service: createUploads({ metadata, uploadStore, blobStore, turns, room }),
    housekeeping: createHousekeeping({ metadata, uploadStore, blobStore, lock, expireAfter: -1 }),
  }
}

const body = () => ({ body: inChunks(content) })

t.test('an upload whose row has no room leaves no file', async (t) => {
  const { service, failing, filesIn } = await setUp(t)
  failing.set('create', 'SQLITE_FULL')
  await t.rejects(service.start(repository, by), { code: 'SQLITE_FULL' })
  t.same(filesIn('uploads'), [])
})

t.test('a blob whose row has no room gives its bytes back', async (t) => {
  for (const alsoRemove of [false, true]) {
    const { service, failing, filesIn, metadata } = await setUp(t)
    const { id } = await service.start(repository, by)
    failing.set('commit', 'SQLITE_FULL')
    if (alsoRemove) failing.set('remove', 'SQLITE_FULL')
    await t.rejects(service.finish(repository, id, digest, body()), { code: 'SQLITE_FULL' })
    t.same([...filesIn('uploads'), ...filesIn('blobs')], [])
    await t.rejects(service.progress(repository, id), { code: 'BLOB_UPLOAD_UNKNOWN' })

    failing.clear()
    const again = await service.start(repository, by)
    await service.finish(repository, again.id, digest, body())
    t.ok(await metadata.blobs.find(repository, digest))
  }
})

t.test('after any other failure of the row its object stays, for the row may appear', async (t) => {
  const { service, failing, filesIn } = await setUp(t)
  for (const code of ['SQLITE_IOERR_FSYNC', 'SQLITE_BUSY']) {
    const { id } = await service.start(repository, by)
    failing.set('commit', code)
    await t.rejects(service.finish(repository, id, digest, body()), { code })
  }
  t.equal(filesIn('blobs').length, 2)
})

t.test('an upload that cannot be published is cut back to what it was', async (t) => {
  const { service, failing } = await setUp(t)
  const { id } = await service.start(repository, by)
  await service.append(repository, id, { body: inChunks(noise(10, 1)) })
  failing.set('remove', 'SQLITE_IOERR_WRITE')
  const wrong = service.finish(repository, id, digest, body())
  await t.rejects(wrong, { code: 'SQLITE_IOERR_WRITE' })
  t.equal((await service.progress(repository, id)).size, 10)
})

t.test('on a full disk an upload that ends badly goes, with or without its row', async (t) => {
  const { service, failing, filesIn } = await setUp(t)
  failing.set('remove', 'SQLITE_FULL')
  const [cancelled, wrong] = [
    await service.start(repository, by),
    await service.start(repository, by),
  ]
  await service.cancel(repository, cancelled.id)
  const other = service.finish(repository, wrong.id, digestOf(noise(1)), body())
  await t.rejects(other, { code: 'DIGEST_INVALID' })
  t.same(filesIn('uploads'), [])
})

t.test('a failing disk keeps an upload that cannot be cancelled', async (t) => {
  const { service, failing, filesIn } = await setUp(t)
  const { id } = await service.start(repository, by)
  failing.set('remove', 'SQLITE_IOERR_WRITE')
  await t.rejects(service.cancel(repository, id), { code: 'SQLITE_IOERR_WRITE' })
  t.same(filesIn('uploads'), [id])
})

t.test('a blob is stored although what it replaces cannot be forgotten', async (t) => {
  const { service, failing, filesIn, metadata } = await setUp(t)
  for (const code of [undefined, 'SQLITE_FULL']) {
    if (code) failing.set('forget', code)
    const { id } = await service.start(repository, by)
    t.match(await service.finish(repository, id, digest, body()), { digest, size: content.length })
  }
  t.equal(filesIn('blobs').length, 1)
  t.equal((await metadata.trash.due(10)).length, 1, 'which is left for the next sweep')
})

t.test('the sweeper makes room on a full disk', async (t) => {
  const { service, failing, filesIn, housekeeping } = await setUp(t)
  failing.set('forget', 'SQLITE_FULL')
  for (const pushed of [1, 2, 3]) {
    const { id } = await service.start(repository, by)
    await service.finish(repository, id, digest, body())
    t.equal(filesIn('blobs').length, 1, `${pushed} times`)
  }
  await service.start(repository, by)
  failing.set('remove', 'SQLITE_FULL')
  await t.rejects(housekeeping.sweep(), { code: 'SQLITE_FULL' })
  t.same(filesIn('uploads'), [], 'the expired upload is gone')
  failing.clear()
  t.same(await housekeeping.sweep(), { uploads: 1, objects: 2 }, 'and its row with the next sweep')
})
