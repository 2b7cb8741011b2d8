import { randomUUID } from 'node:crypto'
import { readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { algorithmOf, digestOf } from '../../../src/oci/digest.ts'
import { parseRepositoryName } from '../../../src/oci/name.ts'
import { createHousekeeping } from '../../../src/services/housekeeping.ts'
import { createKeyedLock } from '../../../src/services/keyed-lock.ts'
import type { UploadId } from '../../../storage/blobs/store.ts'
import { openStores, type Stores } from '../../../storage/open.ts'

const repository = parseRepositoryName('team/app')
const hour = 3_600_000

async function setUp(t: Test) {
  const root = t.testdir()
  const stores = await openStores({ root })
  t.teardown(stores.close)
  const lock = createKeyedLock()
  const clock = { now: Date.now() }
  const housekeeping = createHousekeeping({
    ...stores,
    lock,
    expireAfter: hour,
    now: () => clock.now,
  })
  return { root, stores, lock, clock, housekeeping }
}

async function* bodyOf(text: string) {
  yield Buffer.from(text)
}

async function beginUpload({ metadata, uploadStore }: Stores, content = 'content') {
  const id = randomUUID() as string as UploadId
  await uploadStore.create(id)
  const record = await metadata.uploads.create({ id, repository, algorithm: 'sha256' })
  await uploadStore.append(id, 0, bodyOf(content), 'sha256')
  return record
}

function filesBelow(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
}

t.test('an upload that stands still is swept; one that moves or is at work is not', async (t) => {
  const { root, stores, lock, clock, housekeeping } = await setUp(t)
  const [idle, moving, working] = [
    await beginUpload(stores),
    await beginUpload(stores),
    await beginUpload(stores),
  ]
  clock.now += 2 * hour
  const soon = clock.now / 1000
  utimesSync(join(root, 'uploads', moving.id), soon, soon)
  let release = () => {}
  const held = lock.run(working.id, () => new Promise<void>((resolve) => (release = resolve)))

  t.same(await housekeeping.sweep(), { uploads: 1, objects: 0 })
  t.equal(await stores.metadata.uploads.find(repository, idle.id), undefined)
  t.same([...filesBelow(root, 'uploads')].sort(), [moving.id, working.id].sort())
  release()
  await held
  t.same(await housekeeping.sweep(), { uploads: 1, objects: 0 }, 'when it is not at work any more')
})

t.test('an upload younger than the limit stays', async (t) => {
  const { stores, clock, housekeeping } = await setUp(t)
  await beginUpload(stores)
  clock.now += hour - 60_000
  t.same(await housekeeping.sweep(), { uploads: 0, objects: 0 })
})

t.test('a file without a row, left by a crash, goes at the start', async (t) => {
  const { root, stores, housekeeping } = await setUp(t)
  const kept = await beginUpload(stores)
  writeFileSync(join(root, 'uploads', randomUUID()), 'stray')
  t.same(await housekeeping.recover(), { uploads: 1, objects: 0 })
  t.same(filesBelow(root, 'uploads'), [kept.id])
})

t.test(
  'content published but never committed goes at the start; committed content stays',
  async (t) => {
    const { root, stores, housekeeping } = await setUp(t)
    const committed = await beginUpload(stores, 'committed')
    const kept = await stores.uploadStore.seal(committed.id, digestOf(Buffer.from('committed')))
    const digest = digestOf(Buffer.from('committed'))
    await stores.metadata.blobs.commit(committed, { digest, ...(kept as NonNullable<typeof kept>) })

    const lost = await beginUpload(stores, 'lost')
    await stores.uploadStore.seal(lost.id, digestOf(Buffer.from('lost')))
    t.equal(filesBelow(root, 'blobs').length, 2)

    t.same(await housekeeping.recover(), { uploads: 1, objects: 1 })
    t.same(filesBelow(root, 'blobs'), [kept?.key.split('/').at(-1)])
    t.equal(await stores.metadata.uploads.find(repository, lost.id), undefined)
    t.match(await stores.metadata.blobs.find(repository, digest), { digest })
    t.equal(algorithmOf(digest), 'sha256')
    t.same(await housekeeping.recover(), { uploads: 0, objects: 0 }, 'there is nothing left to do')
  },
)

t.test('a commit that failed while the registry ran is settled by a later sweep', async (t) => {
  const { root, stores, clock, housekeeping } = await setUp(t)
  const lost = await beginUpload(stores, 'lost')
  await stores.uploadStore.seal(lost.id, digestOf(Buffer.from('lost')))
  t.same(await housekeeping.sweep(), { uploads: 0, objects: 0 }, 'not while it may be at work')
  clock.now += 2 * hour
  t.same(await housekeeping.sweep(), { uploads: 1, objects: 1 })
  t.same(filesBelow(root, 'blobs'), [])
})

t.test('what waits in the trash is removed and forgotten', async (t) => {
  const { root, stores, housekeeping } = await setUp(t)
  const upload = await beginUpload(stores, 'rubbish')
  const sealed = await stores.uploadStore.seal(upload.id, digestOf(Buffer.from('rubbish')))
  await stores.metadata.uploads.remove(upload.id)
  await stores.metadata.trash.add((sealed as NonNullable<typeof sealed>).key)
  t.same(await housekeeping.sweep(), { uploads: 0, objects: 1 })
  t.same(filesBelow(root, 'blobs'), [])
  t.same(await stores.metadata.trash.due(10), [])
})
