import type { Test } from 'tap'
import type { DeletionRequest } from '../../../storage/metadata/deletions/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import { app, digest, manifest, optional, other, push, putAll, required, tag } from './fixtures.ts'
import { collectAll, graceMs, keepMs, type OpenSubject, start } from './subject.ts'

const bob = { name: 'bob', client: '192.0.2.8' }
const undoable = { by: bob, purge: false }
const purge = { by: bob, purge: true }

function tags(...names: readonly string[]): DeletionRequest {
  return { tags: names.map(tag), digests: [] }
}

function digests(...texts: readonly string[]): DeletionRequest {
  return { tags: [], digests: texts.map(digest) }
}

/** An index of two images over a shared base, a signature, and an image apart that shares a layer. */
async function pushPlatforms(store: MetadataStore): Promise<void> {
  await push(store, app, 'base', 'amd', 'arm', 'attestation')
  const image = (text: string, ...layers: readonly string[]) =>
    store.manifests.put(app, manifest(text, { blobs: required(...layers) }), [])
  await image('linux/amd64', 'base', 'amd')
  await image('linux/arm64', 'base', 'arm')
  const children = required('linux/amd64', 'linux/arm64')
  await store.manifests.put(app, manifest('index', { children }), [tag('v1'), tag('latest')])
  const signature = { subject: digest('index'), blobs: required('attestation') }
  await store.manifests.put(app, manifest('signature', signature), [])
  await store.manifests.put(app, manifest('apart', { blobs: required('base') }), [tag('apart')])
}

const outline = (plan: Awaited<ReturnType<MetadataStore['deletions']['plan']>>) => ({
  goes: plan?.manifests.map((each) => each.digest).sort(),
  stays: plan?.kept.map((each) => each.digest),
  freed: plan?.freed.bytes,
  shared: plan?.shared.bytes,
})

export function deletionCases(t: Test, open: OpenSubject): void {
  t.test('a tag goes alone while another tag points there', async (t) => {
    const { store } = await start(t, open)
    await pushPlatforms(store)
    const plan = await store.deletions.plan(app, tags('v1'))
    t.match(plan, {
      tags: [{ tag: 'v1', digest: digest('index') }],
      manifests: [],
      kept: [{ digest: digest('index'), heldBy: [{ kind: 'tag', tag: 'latest' }] }],
      freed: { blobs: 0, bytes: 0 },
      shared: { blobs: 0, bytes: 0 },
    })
    await store.deletions.perform(app, tags('v1'), undoable)
    t.equal(await store.manifests.head(app, { tag: tag('v1') }), undefined)
    t.ok(await store.manifests.head(app, { tag: tag('latest') }))
  })

  t.test('with the last tag of an index go its images and what refers to it', async (t) => {
    const { store, clock } = await start(t, open)
    await pushPlatforms(store)
    const request = tags('v1', 'latest')
    const plan = await store.deletions.plan(app, request)
    t.strictSame(outline(plan), {
      goes: ['index', 'linux/amd64', 'linux/arm64', 'signature'].map(digest).sort(),
      stays: [],
      freed: 'amd'.length + 'arm'.length + 'attestation'.length,
      shared: 'base'.length,
    })
    const reasons = new Map(plan?.manifests.map((each) => [each.digest, each.because]))
    t.equal(reasons.get(digest('index')), 'untagged')
    t.equal(reasons.get(digest('linux/amd64')), 'only part of it')
    t.equal(reasons.get(digest('signature')), 'refers to it')
    t.match(plan?.shared.heldBy, [{ repository: app, digest: digest('apart'), tags: ['apart'] }])
    t.strictSame(plan?.collectable, {
      undoable: clock.now + keepMs + graceMs,
      purged: clock.now + graceMs,
    })
    const done = await store.deletions.perform(app, request, undoable)
    t.strictSame(done?.plan, plan)
    t.match(done?.deletion, { repository: app, by: bob, undoUntil: clock.now + keepMs })
    for (const text of ['index', 'linux/amd64', 'signature']) {
      t.equal(await store.manifests.head(app, { digest: digest(text) }), undefined, text)
    }
    t.strictSame(await store.manifests.referrers(app, digest('index'), { limit: 9 }), [])
    t.strictSame(await store.tags.list(app, { limit: 9 }), ['apart'])
  })

  t.test('an undo brings all of it back', async (t) => {
    const { store, clock } = await start(t, open)
    await pushPlatforms(store)
    const before = await store.deletions.plan(app, tags('v1', 'latest'))
    const done = await store.deletions.perform(app, tags('v1', 'latest'), undoable)
    const id = done?.deletion?.id ?? 0
    clock.now += keepMs - 1
    await putAll(store, app, { newer: ['latest'] })
    t.strictSame(await store.deletions.undo(id, bob), {
      manifests: 4,
      tags: ['v1'],
      taken: ['latest'],
    })
    t.equal((await store.manifests.head(app, { tag: tag('v1') }))?.digest, digest('index'))
    t.equal((await store.manifests.head(app, { tag: tag('latest') }))?.digest, digest('newer'))
    t.equal((await store.manifests.referrers(app, digest('index'), { limit: 9 })).length, 1)
    t.strictSame(outline(await store.deletions.plan(app, tags('v1'))), outline(before))
    t.equal(await store.deletions.undo(id, bob), undefined, 'once')
    t.match(await store.deletions.find(id), { undoneAt: clock.now })
    t.strictSame(await store.integrity.inspect(), [])
  })

  t.test('it is too late when it may be collected', async (t) => {
    const { store, clock } = await start(t, open)
    await pushPlatforms(store)
    const done = await store.deletions.perform(app, tags('v1', 'latest'), undoable)
    clock.now += keepMs
    t.equal(await store.deletions.undo(done?.deletion?.id ?? 0, bob), undefined)
    t.equal(await store.deletions.undo(12345, bob), undefined)
  })

  t.test('a purge can not be undone, and all of it is gone after the grace alone', async (t) => {
    const started = await start(t, open)
    const { store } = started
    await pushPlatforms(store)
    await collectAll(started)
    const done = await store.deletions.perform(app, tags('v1', 'latest'), purge)
    t.notOk('undoUntil' in (done?.deletion ?? {}))
    t.equal(await store.deletions.undo(done?.deletion?.id ?? 0, bob), undefined)
    await collectAll(started, graceMs - 1)
    t.ok(await store.blobs.find(app, digest('amd')))
    await collectAll(started, 1)
    for (const text of ['amd', 'arm', 'attestation']) {
      t.equal(await store.blobs.find(app, digest(text)), undefined, text)
    }
    t.ok(await store.blobs.find(app, digest('base')))
    t.strictSame(await store.integrity.inspect(), [])
  })

  t.test('a purge frees what an earlier move would have kept', async (t) => {
    const started = await start(t, open)
    const { store } = started
    await putAll(store, app, { one: ['v1'] })
    await putAll(store, app, { two: ['v1'] })
    await store.deletions.perform(app, digests('one'), purge)
    await collectAll(started, graceMs)
    const restored = await store.history.restore(app, tag('v1'), digest('one'), bob)
    t.match(restored, { why: 'collected' })
  })

  t.test('a part of an index that stays is kept, and what is not there is told', async (t) => {
    const { store } = await start(t, open)
    await pushPlatforms(store)
    const plan = await store.deletions.plan(app, {
      tags: [tag('no-such')],
      digests: [digest('linux/amd64'), digest('absent')],
    })
    t.match(plan, {
      tags: [],
      manifests: [],
      kept: [
        { digest: digest('linux/amd64'), heldBy: [{ kind: 'index', digest: digest('index') }] },
      ],
      unknown: { tags: ['no-such'], digests: [digest('absent')] },
    })
    const done = await store.deletions.perform(app, tags('no-such'), undoable)
    t.notOk(done && 'deletion' in done, 'nothing was done')
    t.equal(await store.deletions.plan(other, tags('v1')), undefined)
    t.equal(await store.deletions.perform(other, tags('v1'), undoable), undefined)
  })

  t.test('by its digest goes a manifest with all its tags, whatever it refers to', async (t) => {
    const { store } = await start(t, open)
    await pushPlatforms(store)
    t.strictSame(outline(await store.deletions.plan(app, digests('signature'))).goes, [
      digest('signature'),
    ])
    await store.deletions.perform(app, digests('index'), undoable)
    t.strictSame(await store.tags.list(app, { limit: 9 }), ['apart'])
  })

  t.test('a child with a tag of its own or in another index stays', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { tagged: ['t'], common: [], own: [] })
    const index = (text: string, ...children: readonly string[]) =>
      store.manifests.put(app, manifest(text, { children: optional(...children) }), [tag(text)])
    await index('first', 'tagged', 'common', 'own')
    await index('second', 'common')
    const plan = await store.deletions.plan(app, tags('first'))
    t.strictSame(outline(plan).goes, [digest('first'), digest('own')].sort())
    const kept = new Map(plan?.kept.map((each) => [each.digest, each.heldBy]))
    t.match(kept.get(digest('tagged')), [{ kind: 'tag', tag: 't' }])
    t.match(kept.get(digest('common')), [{ kind: 'index', digest: digest('second') }])
    const both = await store.deletions.plan(app, tags('first', 'second'))
    t.ok(both?.manifests.some((each) => each.digest === digest('common')))
  })

  t.test('the version of a plan changes with what it says', async (t) => {
    const { store, clock } = await start(t, open)
    await pushPlatforms(store)
    const version = async () => (await store.deletions.plan(app, tags('v1')))?.version
    const before = await version()
    clock.now += 1000
    t.equal(await version(), before)
    await store.tags.delete(app, tag('latest'))
    t.not(await version(), before)
  })

  t.test('a plan that is not the one agreed to is not carried out', async (t) => {
    const { store } = await start(t, open)
    await pushPlatforms(store)
    const version = (await store.deletions.plan(app, tags('v1', 'latest')))?.version
    await putAll(store, app, { newer: ['latest'] })
    const options = { ...undoable, version }
    const done = await store.deletions.perform(app, tags('v1', 'latest'), options)
    t.notOk(done && 'deletion' in done)
    t.ok(await store.manifests.head(app, { tag: tag('v1') }))
  })

  t.test('a whole repository goes in steps, as one deletion', async (t) => {
    const { store } = await start(t, open)
    await pushPlatforms(store)
    await putAll(store, other, { elsewhere: ['v1'] })
    const first = await store.deletions.performAll(app, 3, undoable)
    t.equal(first?.done, false)
    const deletion = first?.deletion?.id
    const second = await store.deletions.performAll(app, 3, { ...undoable, deletion })
    t.match(second, { done: true, deletion: { id: deletion } })
    t.strictSame(await store.tags.list(app, { limit: 9 }), [])
    t.strictSame(await store.repositories.list({ limit: 9 }), [other])
    t.match(await store.deletions.undo(deletion ?? 0, bob), { manifests: 5 })
    t.strictSame(await store.tags.list(app, { limit: 9 }), ['apart', 'latest', 'v1'])
    t.equal(
      await store.deletions.performAll(app.replace('app', 'no') as typeof app, 3, purge),
      undefined,
    )
  })

  t.test('a push brings a deleted manifest back, with its children', async (t) => {
    const started = await start(t, open)
    const { store } = started
    await pushPlatforms(store)
    await store.deletions.perform(app, tags('v1', 'latest'), undoable)
    const children = required('linux/amd64', 'linux/arm64')
    const index = manifest('index', { children })
    t.strictSame(await store.manifests.put(app, index, [tag('v1')]), {
      stored: true,
      created: true,
    })
    await collectAll(started)
    await collectAll(started)
    for (const text of ['linux/amd64', 'linux/arm64']) {
      t.ok(await store.manifests.head(app, { digest: digest(text) }), text)
    }
    t.strictSame(await store.integrity.inspect(), [])
  })

  t.test('the undo of a deletion is given up for its space', async (t) => {
    const started = await start(t, open)
    const { store } = started
    await pushPlatforms(store)
    await collectAll(started)
    const done = await store.deletions.perform(app, tags('v1', 'latest'), undoable)
    const id = done?.deletion?.id ?? 0
    const purged = await store.deletions.purge(id)
    t.notOk('undoUntil' in (purged ?? {}))
    t.equal(await store.deletions.undo(id, bob), undefined)
    await collectAll(started, graceMs)
    for (const text of ['amd', 'arm', 'attestation']) {
      t.equal(await store.blobs.find(app, digest(text)), undefined, text)
    }
    t.equal(await store.deletions.purge(12345), undefined)
  })

  t.test('a purge of a repository takes what its earlier deletions keep', async (t) => {
    const started = await start(t, open)
    const { store } = started
    await pushPlatforms(store)
    t.match(await store.deletions.performAll(app, 100, undoable), { done: true })
    t.equal(await store.deletions.performAll(app, 100, undoable), undefined, 'nothing is there')
    const first = await store.deletions.performAll(app, 3, purge)
    const deletion = first?.deletion?.id
    t.match(await store.deletions.performAll(app, 3, { ...purge, deletion }), { done: true })
    t.equal(await store.deletions.performAll(app, 3, purge), undefined)
    await collectAll(started, graceMs)
    t.equal(await store.blobs.find(app, digest('amd')), undefined)
    t.strictSame(await store.integrity.inspect(), [])
  })

  t.test('a move of a tag alone is given up, too', async (t) => {
    const started = await start(t, open)
    const { store } = started
    await putAll(store, app, { one: ['v1'] })
    await store.tags.delete(app, tag('v1'))
    const [move] = await store.history.moves({ repository: app, limit: 1 })
    await store.deletions.purge(move?.deletion ?? 0)
    await collectAll(started, graceMs)
    t.equal(await store.manifests.head(app, { digest: digest('one') }), undefined)
  })
}
