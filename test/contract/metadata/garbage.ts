import type { Test } from 'tap'
import type { GcPolicy } from '../../../storage/metadata/garbage/store.ts'
import { app, digest, manifest, other, push, putAll, required, tag } from './fixtures.ts'
import {
  collectAll,
  graceMs,
  keepMs,
  type OpenSubject,
  type Started,
  start,
  stepThrough,
} from './subject.ts'

const usual: GcPolicy = { untagged: false }

/** One collection of all that is due. */
async function collect({ store }: Started, policy = usual) {
  const run = await store.garbage.begin('command')
  const { garbage } = store
  const limit = { limit: 1000 }
  const manifests = await stepThrough(() => garbage.collectManifests(run.id, policy, limit))
  const blobs = await stepThrough(() => garbage.collectBlobs(run.id, limit))
  const ended = await garbage.end(run.id, blobs.blobs)
  return { run: ended, manifests, blobs }
}

async function isThere({ store }: Started, text: string): Promise<boolean> {
  return (await store.manifests.head(app, { digest: digest(text) })) !== undefined
}

export function garbageCases(t: Test, open: OpenSubject): void {
  t.test('nothing is collected before the grace, and all that nobody holds after it', async (t) => {
    const started = await start(t, open)
    const { store, clock } = started
    await push(store, app, 'held', 'free')
    await store.manifests.put(app, manifest('m', { blobs: required('held') }), [tag('v1')])
    clock.now += graceMs - 1
    t.match(await collect(started), { blobs: { looked: 0 } })
    clock.now += 1
    const { run } = await collect(started)
    t.match(run, { cause: 'command', manifests: 0, blobs: 1, bytes: 4, objects: 1 })
    t.equal(await store.blobs.find(app, digest('free')), undefined)
    t.ok(await store.blobs.find(app, digest('held')))
    t.equal((await store.trash.due(10)).length, 1, 'its object waits in the trash')
    t.match(await collect(started), { blobs: { looked: 0 } }, 'and nothing is left to look at')
  })

  t.test('each removed digest is in the journal of its run, with the reason', async (t) => {
    const started = await start(t, open)
    const { store, clock } = started
    await push(store, app, 'layer')
    await store.manifests.put(app, manifest('m', { blobs: required('layer') }), [tag('v1')])
    await store.tags.delete(app, tag('v1'))
    clock.now += keepMs
    const first = (await collect(started)).run
    clock.now += graceMs
    const second = (await collect(started)).run
    const journal = async (id = 0) => store.garbage.journal(id, 10)
    t.match(await journal(first?.id), [
      { kind: 'manifest', repository: app, digest: digest('m'), reason: 'tag deleted' },
    ])
    t.match(await journal(second?.id), [
      { kind: 'blob', digest: digest('layer'), bytes: 5, reason: 'manifest removed' },
    ])
    t.match(await store.garbage.runs(10), [second, first])
    t.match(await store.garbage.runs(10, second?.id), [first])
    t.strictSame(await store.garbage.run(second?.id ?? 0), second)
  })

  t.test('a tag, an index, a subject and an undo hold a manifest', async (t) => {
    const started = await start(t, open)
    const { store, clock } = started
    await putAll(store, app, { tagged: ['a'], child: [], moved: ['m'], free: ['f'] })
    const index = manifest('index', { children: required('child') })
    await store.manifests.put(app, index, [tag('i')])
    await store.manifests.put(app, manifest('signature', { subject: index.digest }), [])
    await putAll(store, app, { newer: ['m'] })
    await store.deletions.perform(
      app,
      { tags: [tag('f')], digests: [] },
      { by: { client: '' }, purge: true },
    )
    clock.now += graceMs
    t.match(await collect(started), { manifests: { manifests: 1 } })
    for (const text of ['tagged', 'child', 'index', 'signature', 'moved', 'newer']) {
      t.ok(await isThere(started, text), text)
    }
    clock.now += keepMs
    t.match(await collect(started), { manifests: { manifests: 1 } }, 'the move can not be undone')
    t.notOk(await isThere(started, 'moved'))
    await store.tags.delete(app, tag('i'))
    await collectAll(started)
    t.notOk(await isThere(started, 'index'))
    t.ok(await isThere(started, 'child'), 'for the grace after its index')
    await collectAll(started)
    for (const text of ['child', 'signature']) t.notOk(await isThere(started, text), text)
    t.strictSame(await store.integrity.inspect(), [])
  })

  t.test('what was pushed by digest stays, unless the policy says otherwise', async (t) => {
    for (const untagged of [false, true]) {
      const started = await start(t, open)
      const { store, clock } = started
      await putAll(store, app, { free: [] })
      clock.now += graceMs
      await collect(started, { untagged })
      t.equal(await isThere(started, 'free'), !untagged)
    }
  })

  t.test('a preview finds what a collection does, and writes nothing', async (t) => {
    const started = await start(t, open)
    const { store, clock } = started
    await push(store, app, 'one', 'three')
    await putAll(store, app, { m: ['v1'] })
    await store.tags.delete(app, tag('v1'))
    t.strictSame(await store.garbage.preview(usual, 10), {
      manifests: 0,
      blobs: 0,
      bytes: 0,
      items: [],
      nextAt: clock.now + graceMs,
    })
    clock.now += keepMs
    const found = await store.garbage.preview(usual, 2)
    t.match(found, { manifests: 1, blobs: 2, bytes: 8 })
    t.match(found.items, [
      { kind: 'manifest', digest: digest('m'), reason: 'tag deleted' },
      { kind: 'blob', reason: 'uploaded' },
    ])
    t.equal(found.items.length, 2, 'as many as were asked for')
    t.strictSame(await store.garbage.preview(usual, 2), found)
    t.match((await collect(started)).run, { manifests: 1, blobs: 2, bytes: 8 })
  })

  t.test('a step looks at no more than it is told to', async (t) => {
    const { store, clock } = await start(t, open)
    await push(store, app, 'a', 'b', 'c')
    clock.now += graceMs
    const run = await store.garbage.begin('schedule')
    const step = () => store.garbage.collectBlobs(run.id, { limit: 2 })
    const { looked, blobs } = await step()
    t.ok(looked === 1 || looked === 2, 'fewer only where they took too long')
    t.equal(blobs, looked)
    t.match(await stepThrough(step), { looked: 3 - looked, blobs: 3 - looked })
    t.match(await store.garbage.run(run.id), { blobs: 3, bytes: 3 }, 'told while it runs')
  })

  t.test('a pushed digest whose row is collected gets a new object', async (t) => {
    const started = await start(t, open)
    const { store, clock } = started
    await push(store, app, 'layer')
    const old = await store.blobs.find(app, digest('layer'))
    clock.now += graceMs
    await collect(started)
    await push(store, other, 'layer')
    const now = await store.blobs.find(other, digest('layer'))
    t.not(now?.key, old?.key)
    t.strictSame(await store.trash.due(10), [old?.key])
    t.equal(await store.blobs.find(app, digest('layer')), undefined, 'the old right is gone')
  })

  t.test('a run whose process ended is told as interrupted', async (t) => {
    const started = await start(t, open)
    const run = await started.store.garbage.begin('schedule')
    const store = await started.reopen()
    t.equal(await store.garbage.endInterrupted(), 1)
    t.match(await store.garbage.run(run.id), { error: 'interrupted' })
    t.equal(await store.garbage.endInterrupted(), 0)
  })

  t.test('the audit finds nothing that the queue does not know', async (t) => {
    const { store } = await start(t, open)
    await push(store, app, 'held', 'free')
    await store.manifests.put(app, manifest('m', { blobs: required('held') }), [])
    const first = await store.garbage.audit(0, 1)
    t.equal(first.found, 0)
    const second = await store.garbage.audit(first.next ?? 0, 1)
    t.equal(second.found, 0)
    t.strictSame(await store.garbage.audit(second.next ?? 0, 1), { found: 0 })
  })

  t.test('old runs are forgotten with their journals', async (t) => {
    const started = await start(t, open)
    const { store, clock } = started
    await push(store, app, 'layer')
    clock.now += graceMs
    const { run } = await collect(started)
    t.equal(await store.garbage.forget(clock.now, 10), 0)
    t.equal(await store.garbage.forget(clock.now + 1, 10), 1)
    t.strictSame(await store.garbage.journal(run?.id ?? 0, 10), [])
    t.strictSame(await store.garbage.runs(10), [])
  })

  t.test('a preview counts what is freed together with what holds it', async (t) => {
    const started = await start(t, open)
    const { store, clock } = started
    await push(store, app, 'own', 'shared')
    const held = { blobs: required('own', 'shared') }
    await store.manifests.put(app, manifest('goes', held), [tag('v1')])
    await store.manifests.put(app, manifest('stays', { blobs: required('shared') }), [tag('v2')])
    clock.now += 10 * graceMs
    const purge = { by: { client: '' }, purge: true }
    await store.deletions.perform(app, { tags: [tag('v1')], digests: [] }, purge)
    clock.now += graceMs
    const found = await store.garbage.preview(usual, 10)
    t.match(found, { manifests: 1, blobs: 1, bytes: 3 })
    t.match((await collect(started)).run, { manifests: 1, blobs: 1, bytes: 3 })
    t.ok(await store.blobs.find(app, digest('shared')))
  })

  t.test('what was pushed by digest is found later, and has the grace then', async (t) => {
    const started = await start(t, open)
    const { store, clock } = started
    const index = manifest('index', { children: required('child') })
    await putAll(store, app, { child: [], tagged: ['v1'], free: [] })
    await store.manifests.put(app, index, [tag('i')])
    await store.manifests.put(app, manifest('signature', { subject: index.digest }), [])
    clock.now += graceMs
    await collect(started)
    t.ok(await isThere(started, 'free'))
    const all = { untagged: true }
    t.match(await store.garbage.queueUntagged(0, 100), { found: 1 })
    t.match(await store.garbage.queueUntagged(0, 100), { found: 0 }, 'once')
    t.match(await collect(started, all), { manifests: { looked: 0 } })
    clock.now += graceMs
    await collect(started, all)
    for (const text of ['child', 'tagged', 'index', 'signature']) {
      t.ok(await isThere(started, text), text)
    }
    t.notOk(await isThere(started, 'free'))
  })
}
