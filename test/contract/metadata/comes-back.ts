import type { Test } from 'tap'
import type { DeletionRequest } from '../../../storage/metadata/deletions/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import { app, digest, manifest, push, required, tag } from './fixtures.ts'
import { collectAll, graceMs, keepMs, type OpenSubject, start } from './subject.ts'

const undoable = { by: { client: '192.0.2.8' }, purge: false }
const purge = { ...undoable, purge: true }

function tags(...names: readonly string[]): DeletionRequest {
  return { tags: names.map(tag), digests: [] }
}

const image = manifest('image', { blobs: required('layer') })

/** An index of one image, with a tag of the same name. */
function putIndex(store: MetadataStore, text: string) {
  const index = manifest(text, { children: required('image') })
  return store.manifests.put(app, index, [tag(text)])
}

async function pushImage(store: MetadataStore): Promise<void> {
  await push(store, app, 'layer')
  await store.manifests.put(app, image, [])
}

async function isThere(store: MetadataStore, text: string): Promise<boolean> {
  return (await store.manifests.head(app, { digest: digest(text) })) !== undefined
}

export function comesBackCases(t: Test, open: OpenSubject): void {
  t.test(
    'a restored tag brings all back that its index is made of, and what refers to it',
    async (t) => {
      const started = await start(t, open)
      const { store } = started
      await pushImage(store)
      await putIndex(store, 'v1')
      await store.manifests.put(app, manifest('signature', { subject: digest('v1') }), [])
      await store.deletions.perform(app, tags('v1'), undoable)
      for (const text of ['image', 'signature']) t.notOk(await isThere(store, text), text)
      await store.history.restore(app, tag('v1'), digest('v1'), undoable.by)
      for (const text of ['v1', 'image', 'signature']) t.ok(await isThere(store, text), text)
      await collectAll(started)
      for (const text of ['v1', 'image', 'signature']) t.ok(await isThere(store, text), text)
    },
  )

  t.test('a pushed index finds an image that went with another index meanwhile', async (t) => {
    const started = await start(t, open)
    const { store } = started
    await pushImage(store)
    await putIndex(store, 'v1')
    await store.manifests.put(app, image, [])
    await store.deletions.perform(app, tags('v1'), purge)
    t.notOk(await isThere(store, 'image'))
    t.match(await putIndex(store, 'v2'), { stored: true })
    t.ok(await isThere(store, 'image'))
    await collectAll(started)
    t.ok(await isThere(store, 'image'))
    t.ok(await store.blobs.find(app, digest('layer')))
    t.notOk(await isThere(store, 'v1'))
  })

  t.test('so does one that is pushed again', async (t) => {
    const { store } = await start(t, open)
    await pushImage(store)
    await putIndex(store, 'v1')
    await store.manifests.delete(app, digest('image'))
    t.notOk(await isThere(store, 'image'))
    await putIndex(store, 'v1')
    t.ok(await isThere(store, 'image'))
  })

  for (const [how, options] of [
    ['deleted', undoable],
    ['purged', purge],
  ] as const) {
    t.test(`an undo brings an image back that was ${how} with another index later`, async (t) => {
      const started = await start(t, open)
      const { store, clock } = started
      await pushImage(store)
      await putIndex(store, 'v1')
      await putIndex(store, 'v2')
      const first = await store.deletions.perform(app, tags('v1'), undoable)
      t.ok(await isThere(store, 'image'), 'the other index holds it')
      await store.deletions.perform(app, tags('v2'), options)
      t.notOk(await isThere(store, 'image'))
      // As late as it can be undone.
      await collectAll(started, graceMs)
      await collectAll(started, keepMs - graceMs - 1)
      t.match(await store.deletions.undo(first?.deletion?.id ?? 0, undoable.by), { tags: ['v1'] })
      t.ok(await isThere(store, 'image'))
      t.ok(await store.blobs.find(app, digest('layer')))
      await store.deletions.perform(app, tags('v1'), purge)
      for (let times = 0; times < 3; times++) await collectAll(started, graceMs)
      clock.now += keepMs
      t.notOk(await store.blobs.find(app, digest('layer')), 'and goes with it')
    })
  }
}
