import type { Test } from 'tap'
import type { MetadataStore } from '../../../../storage/metadata/store.ts'
import { app, digest, manifest, push, putAll, required, tag } from '../fixtures.ts'
import { collectAll, type OpenSubject, type Started, start } from '../subject.ts'

const ann = { name: 'ann', client: '10.0.0.1', agent: 'docker/1' }
const who = { actor: 'ann', client: '10.0.0.1', agent: 'docker/1' }
const v1 = tag('v1')

async function told(store: MetadataStore, begin = 0): Promise<readonly object[]> {
  const { items } = await store.activity.page({ limit: 200 })
  return items
    .map(({ position: _, at: __, count: ___, ...rest }) => rest)
    .reverse()
    .slice(begin)
}

async function put(started: Started, text: string, ...tags: readonly string[]): Promise<void> {
  await started.store.manifests.put(app, manifest(text), tags.map(tag), ann)
}

/** What changes a repository is written down with the change, or not at all. */
export function activityChangeCases(t: Test, open: OpenSubject): void {
  t.test('a push tells its tags, and a move what the tag pointed at', async (t) => {
    const started = await start(t, open)
    const { store, clock } = started
    await put(started, 'one', 'v1')
    await put(started, 'one', 'v1')
    await put(started, 'two', 'v1')
    await put(started, 'three')
    await put(started, 'four', 'a', 'b')
    const pushed = (text: string) => ({
      action: 'push',
      ...who,
      repository: app,
      digest: digest(text),
    })
    const moved = { action: 'tag', ...who, repository: app, tag: v1, digest: digest('two') }
    t.same(await told(store), [
      { ...pushed('one'), tag: v1 },
      { ...pushed('one'), tag: v1 },
      { ...pushed('two'), tag: v1 },
      { ...moved, detail: { from: digest('one') } },
      pushed('three'),
      { ...pushed('four'), detail: { tags: ['a', 'b'] } },
    ])
    const { items } = await store.activity.page({ limit: 1 })
    t.match(items, [{ at: clock.now, count: 1 }])
  })

  t.test('what was refused is not told as done', async (t) => {
    const started = await start(t, open)
    const { store } = started
    await put(started, 'one', 'v1')
    const before = await told(store)
    const missing = manifest('m', { blobs: required('layer') })
    await store.manifests.put(app, missing, [v1], ann)
    await store.manifests.put(app, manifest('two'), [v1], ann, { mayOverwrite: false })
    await store.tags.delete(app, tag('none'), ann)
    await store.manifests.delete(app, digest('none'), ann)
    await store.history.restore(app, v1, digest('two'), ann)
    await store.blobs.unlink(app, digest('none'), ann)
    await store.deletions.undo(99, ann)
    await store.policies.put('retention', [], 7, ann)
    t.same(await told(store), before)
  })

  t.test('deletions and what comes back are told once each', async (t) => {
    const started = await start(t, open)
    const { store } = started
    await putAll(store, app, { one: ['v1', 'v2'], two: ['x', 'y'], three: [] })
    const begin = (await told(store)).length
    await store.tags.delete(app, v1, ann)
    await store.history.restore(app, v1, digest('one'), ann)
    await store.manifests.delete(app, digest('three'), ann)
    const request = { tags: [tag('x'), tag('y')], digests: [] }
    const done = await store.deletions.perform(app, request, { by: ann, purge: false })
    const id = done?.deletion?.id ?? 0
    await store.deletions.undo(id, ann)
    const all = await store.deletions.performAll(app, 2, { by: ann, purge: false })
    const whole = all?.deletion?.id
    await store.deletions.performAll(app, 2, { by: ann, purge: false, deletion: whole })
    await store.deletions.purge(whole ?? 0, ann)
    const about = { ...who, repository: app }
    t.match(await told(store, begin), [
      { action: 'delete', ...about, tag: v1, detail: { tags: 1, manifests: 0 } },
      { action: 'restore', ...about, tag: v1, digest: digest('one') },
      { action: 'delete', ...about, digest: digest('three'), detail: { manifests: 1 } },
      { action: 'delete', ...about, detail: { deletion: id, tags: 2, manifests: 1 } },
      { action: 'restore', ...about, detail: { deletion: id, tags: 2, manifests: 1 } },
      { action: 'delete', ...about, detail: { deletion: whole, whole: true } },
      { action: 'delete', ...about, detail: { deletion: whole, purged: true } },
    ])
    t.equal((await told(store, begin)).length, 7)
  })

  t.test('a blob’s deletion, rules and collections are told', async (t) => {
    const started = await start(t, open)
    const { store, clock } = started
    await push(store, app, 'layer')
    await store.blobs.unlink(app, digest('layer'), ann)
    await store.policies.put('retention', [], 0, ann)
    await collectAll(started)
    const idle = await store.garbage.begin('schedule')
    await store.garbage.end(idle.id, 0)
    clock.now += 1
    const failed = await store.garbage.begin('schedule')
    await store.garbage.end(failed.id, 0, 'EIO: a secret path')
    const digestOfLayer = digest('layer')
    t.same(
      (await told(store)).map(({ detail, ...rest }: { detail?: object }) => ({
        ...rest,
        ...detail,
      })),
      [
        { action: 'delete', ...who, repository: app, digest: digestOfLayer, blob: true },
        { action: 'rules', ...who, kind: 'retention', version: 1 },
        {
          action: 'collection',
          client: 'command',
          run: 1,
          manifests: 0,
          blobs: 1,
          objects: 0,
          bytes: 5,
        },
        {
          action: 'collection',
          client: 'schedule',
          run: failed.id,
          manifests: 0,
          blobs: 0,
          objects: 0,
          bytes: 0,
          failed: true,
        },
      ],
    )
  })
}
