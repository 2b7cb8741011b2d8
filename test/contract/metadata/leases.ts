import type { Test } from 'tap'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import {
  app,
  blob,
  digest,
  manifest,
  newId,
  other,
  push,
  putAll,
  required,
  tag,
} from './fixtures.ts'
import {
  collectAll,
  graceMs,
  keepMs,
  type OpenSubject,
  type Started,
  start,
  stepThrough,
} from './subject.ts'

/** Collects blobs as often as anything is due. */
async function collectBlobs(store: MetadataStore): Promise<number> {
  const run = await store.garbage.begin('command')
  const step = () => store.garbage.collectBlobs(run.id, { limit: 1000 })
  return (await stepThrough(step)).blobs
}

async function later({ clock, store }: Started, ms: number): Promise<number> {
  clock.now += ms
  return collectBlobs(store)
}

const isThere = async (store: MetadataStore, text: string) =>
  (await store.blobs.find(app, digest(text))) !== undefined

const slow = { repository: app, algorithm: 'sha256', client: '192.0.2.1' } as const

export function leaseCases(t: Test, open: OpenSubject): void {
  t.test('a blob nobody refers to says when less than the grace is promised', async (t) => {
    const started = await start(t, open)
    const { store, clock } = started
    await push(store, app, 'layer')
    t.notOk((await store.blobs.find(app, digest('layer')))?.expiring)
    clock.now += 1
    t.equal((await store.blobs.find(app, digest('layer')))?.expiring, true)
    t.match(await store.blobs.lease(app, digest('layer')), { digest: digest('layer') })
    t.notOk((await store.blobs.find(app, digest('layer')))?.expiring, 'leased')
    t.equal(await store.blobs.lease(other, digest('layer')), undefined, 'not theirs')
    const seen = clock.now
    t.equal(await later(started, graceMs), 0)
    t.equal(clock.now, seen + graceMs)
    t.ok(await isThere(store, 'layer'), 'for the whole grace after it was asked for')
    t.equal(await later(started, graceMs), 1)
    t.notOk(await isThere(store, 'layer'))
  })

  t.test('a blob that a manifest holds needs no lease', async (t) => {
    const { store, clock } = await start(t, open)
    await push(store, app, 'layer')
    await store.manifests.put(app, manifest('m', { blobs: required('layer') }), [tag('v1')])
    clock.now += 100 * graceMs
    t.notOk((await store.blobs.find(app, digest('layer')))?.expiring)
  })

  t.test('a manifest nobody holds is leased, too', async (t) => {
    const { store, clock, inspect } = await start(t, open)
    await putAll(store, app, { free: [], tagged: ['v1'] })
    t.notOk((await store.manifests.head(app, { digest: digest('free') }))?.expiring)
    clock.now += 1
    t.equal((await store.manifests.head(app, { digest: digest('free') }))?.expiring, true)
    t.notOk((await store.manifests.head(app, { digest: digest('tagged') }))?.expiring)
    t.equal(await store.manifests.lease(app, digest('free')), true)
    t.notOk((await store.manifests.head(app, { digest: digest('free') }))?.expiring)
    t.ok(((await inspect.manifestDue(app, digest('free'))) ?? 0) >= clock.now + graceMs)
    t.equal(await store.manifests.lease(app, digest('tagged')), true)
    t.equal(await inspect.manifestDue(app, digest('tagged')), undefined, 'no row is made')
    t.equal(await store.manifests.lease(app, digest('absent')), false)
  })

  t.test('a slow push keeps its earlier blobs while its upload moves', async (t) => {
    const started = await start(t, open)
    const { store, clock } = started
    const first = await store.uploads.create({ ...slow, id: newId() })
    await store.blobs.commit(first, blob('early'))
    const upload = await store.uploads.create({ ...slow, id: newId() })
    for (let hours = 0; hours < 10; hours++) {
      clock.now += graceMs - 1
      await store.garbage.noteMoves([{ id: upload.id, at: clock.now }])
      t.equal(await collectBlobs(store), 0)
    }
    await store.blobs.commit(upload, blob('late'))
    // Between two uploads nothing moves.
    clock.now += graceMs / 4
    const third = await store.uploads.create({ ...slow, id: newId() })
    t.equal(await later(started, graceMs - 1), 0, 'the pause was short')
    await store.blobs.commit(third, blob('last'))
    t.ok(await isThere(store, 'early'))
    t.equal(await later(started, 2 * graceMs), 3, 'the push was given up')
  })

  t.test('and what it saw there, though that lost its last holder meanwhile', async (t) => {
    const started = await start(t, open)
    const { store, clock } = started
    await push(store, app, 'base')
    await store.manifests.put(app, manifest('m', { blobs: required('base') }), [tag('v1')])
    clock.now += 100 * graceMs
    t.notOk((await store.blobs.find(app, digest('base')))?.expiring, 'it need not be leased')
    const upload = await store.uploads.create({ ...slow, id: newId() })
    const purge = { by: { client: '' }, purge: true }
    await store.deletions.perform(app, { tags: [tag('v1')], digests: [] }, purge)
    for (let rounds = 0; rounds < 10; rounds++) {
      clock.now += graceMs - 1
      await store.garbage.noteMoves([{ id: upload.id, at: clock.now }])
      const run = await store.garbage.begin('command')
      await store.garbage.collectManifests(run.id, { untagged: false }, { limit: 10 })
      t.equal(await collectBlobs(store), 0)
    }
    t.ok(await isThere(store, 'base'))
  })

  t.test('and the images it pushed by digest, whoever deletes what held them', async (t) => {
    const started = await start(t, open)
    const { store, clock } = started
    const image = manifest('image', {})
    await store.manifests.put(app, image, [])
    const index = (text: string) => manifest(text, { children: required('image') })
    for (const text of ['v1', 'v2']) await store.manifests.put(app, index(text), [tag(text)])
    clock.now += 100 * graceMs
    const upload = await store.uploads.create({ ...slow, id: newId() })
    await store.manifests.put(app, image, [])
    const purge = { by: { client: '' }, purge: true }
    const request = { tags: [tag('v1'), tag('v2')], digests: [] }
    await store.deletions.perform(app, request, purge)
    for (let rounds = 0; rounds < 10; rounds++) {
      clock.now += graceMs - 1
      await store.garbage.noteMoves([{ id: upload.id, at: clock.now }])
      await collectAll(started, 0)
    }
    await store.manifests.put(app, index('v3'), [tag('v3')])
    t.ok(await store.manifests.head(app, { digest: image.digest }))
  })

  t.test('and images it asked for that nobody holds', async (t) => {
    const started = await start(t, open)
    const { store, clock } = started
    const image = manifest('image', {})
    await store.manifests.put(app, image, [])
    const index = manifest('index', { children: required('image') })
    await store.manifests.put(app, index, [tag('v1')])
    await putAll(store, app, { other: ['v1'] })
    await collectAll(started, keepMs)
    for (let times = 0; times < 3; times++) {
      clock.now += graceMs - 1
      t.ok(await store.manifests.lease(app, image.digest))
    }
    const upload = await store.uploads.create({ ...slow, id: newId() })
    for (let rounds = 0; rounds < 5; rounds++) {
      clock.now += graceMs - 1
      await store.garbage.noteMoves([{ id: upload.id, at: clock.now }])
      await collectAll(started, 0)
    }
    t.ok(await store.manifests.head(app, { digest: image.digest }))
  })

  t.test('for the whole grace after it last moved', async (t) => {
    const started = await start(t, open)
    const { store, clock } = started
    await store.blobs.commit(await store.uploads.create({ ...slow, id: newId() }), blob('early'))
    clock.now += graceMs - 1
    const upload = await store.uploads.create({ ...slow, id: newId() })
    clock.now += graceMs - 1
    await store.garbage.noteMoves([{ id: upload.id, at: clock.now }])
    // So soon after it moved that it is not written down.
    clock.now += graceMs / 16
    await store.blobs.commit(upload, blob('late'))
    t.equal(await later(started, graceMs - 1), 0)
    t.ok(await isThere(store, 'early'))
  })

  t.test('what moved at the last look is kept, however long the collection takes', async (t) => {
    const { store, clock } = await start(t, open)
    const first = await store.uploads.create({ ...slow, id: newId() })
    await store.blobs.commit(first, blob('early'))
    const upload = await store.uploads.create({ ...slow, id: newId() })
    clock.now += graceMs - 1
    await store.garbage.noteMoves([{ id: upload.id, at: clock.now }])
    const movesAsOf = clock.now
    clock.now += 3 * graceMs
    const run = await store.garbage.begin('schedule')
    const again = { limit: 10, movesAsOf }
    t.match(await store.garbage.collectBlobs(run.id, again), { looked: 1, blobs: 0 })
    t.match(await store.garbage.collectBlobs(run.id, again), { looked: 0 }, 'not looked at at once')
    clock.now += graceMs
    t.match(await store.garbage.collectBlobs(run.id, { limit: 10 }), { blobs: 1 })
  })

  t.test('a push elsewhere, or one that began long after, keeps nothing', async (t) => {
    const { store, clock } = await start(t, open)
    await push(store, app, 'mine')
    clock.now += 3 * graceMs
    for (const repository of [app, other]) {
      await store.uploads.create({ ...slow, repository, id: newId() })
    }
    t.equal(await collectBlobs(store), 1)
  })

  t.test('an upload that stands still keeps nothing', async (t) => {
    const started = await start(t, open)
    const { store } = started
    await push(store, app, 'early')
    await store.uploads.create({ ...slow, id: newId() })
    t.equal(await later(started, 2 * graceMs), 1)
  })
}
