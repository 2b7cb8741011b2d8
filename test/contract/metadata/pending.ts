import type { Test } from 'tap'
import { app, digest, manifest, optional, other, push, putAll, required, tag } from './fixtures.ts'
import { collectAll, type EdgeList, type OpenSubject, type Started, start } from './subject.ts'

/** What the parent holds: `b`lobs, `c`hildren, `p`ending, as `b:… c:… p:…` of the texts known here. */
function outline(edges: EdgeList, ...texts: readonly string[]): string {
  const among = (list: EdgeList['blobs']) =>
    texts.filter((text) => list.includes(digest(text))).join()
  return `b:${among(edges.blobs)} c:${among(edges.children)} p:${among(edges.pending)}`
}

type Step = (started: Started) => Promise<unknown>

const pushBlob: Step = ({ store }) => push(store, app, 'x')
const putManifest: Step = ({ store }) => putAll(store, app, { x: ['x'] })
const removeManifest: Step = async (started) => {
  await started.store.manifests.delete(app, digest('x'))
  await collectAll(started)
}
const deleteManifest: Step = ({ store }) => store.manifests.delete(app, digest('x'))
const mountBlob: Step = async ({ store }) => {
  await push(store, other, 'x')
  await store.blobs.mount(digest('x'), app, other)
}
const elsewhere: Step = async ({ store }) => {
  await push(store, other, 'x')
  await putAll(store, other, { x: [] })
}
const asChild: Step = ({ store }) =>
  store.manifests.put(app, manifest('parent', { children: optional('x') }), [tag('p')])
const asLayer: Step = ({ store }) =>
  store.manifests.put(app, manifest('parent', { blobs: optional('x') }), [tag('p')])

/** Steps in order, and what the parent holds after them. */
const orders: Readonly<Record<string, readonly [steps: readonly Step[], expected: string]>> = {
  'nothing there': [[asChild], 'b: c: p:x'],
  'a layer before its blob': [[asLayer, pushBlob], 'b:x c: p:'],
  'a layer after its blob': [[pushBlob, asLayer], 'b:x c: p:'],
  'a layer before a mount': [[asLayer, mountBlob], 'b:x c: p:'],
  'an index before its child': [[asChild, putManifest], 'b: c:x p:'],
  'an index after its child': [[putManifest, asChild], 'b: c:x p:'],
  'an index before a blob': [[asChild, pushBlob], 'b:x c: p:'],
  'content of another repository': [[asChild, elsewhere], 'b: c: p:x'],
  'a child that is both, index first': [[asChild, pushBlob, putManifest], 'b:x c:x p:'],
  'a child that is both, blob last': [[asChild, putManifest, pushBlob], 'b:x c:x p:'],
  'a child that is both, index last': [[putManifest, pushBlob, asChild], 'b:x c:x p:'],
  'a child that leaves': [[putManifest, asChild, removeManifest], 'b: c: p:x'],
  'a child that is deleted may come back': [[putManifest, asChild, deleteManifest], 'b: c:x p:'],
  'a child that leaves and comes back': [
    [putManifest, asChild, removeManifest, putManifest],
    'b: c:x p:',
  ],
  'a child that is deleted and comes back': [
    [putManifest, asChild, deleteManifest, asChild, putManifest],
    'b: c:x p:',
  ],
  'a child that leaves its blob behind': [
    [putManifest, pushBlob, asChild, removeManifest],
    'b:x c: p:',
  ],
  'a blob that comes for a child that left': [
    [putManifest, asChild, removeManifest, pushBlob],
    'b:x c: p:',
  ],
}

export function pendingCases(t: Test, open: OpenSubject): void {
  for (const [title, [steps, expected]] of Object.entries(orders)) {
    t.test(title, async (t) => {
      const started = await start(t, open)
      for (const step of steps) await step(started)
      t.equal(outline(await started.inspect.edges(app, digest('parent')), 'x'), expected)
    })
  }

  t.test('one arrival serves all that wait in its repository, and no other', async (t) => {
    const { store, inspect } = await start(t, open)
    for (const repository of [app, other]) {
      for (const text of ['one', 'two']) {
        await store.manifests.put(repository, manifest(text, { blobs: optional('x', 'y') }), [])
      }
    }
    await push(store, app, 'x')
    for (const text of ['one', 'two']) {
      t.equal(outline(await inspect.edges(app, digest(text)), 'x', 'y'), 'b:x c: p:y')
      t.equal(outline(await inspect.edges(other, digest(text)), 'x', 'y'), 'b: c: p:x,y')
    }
  })

  t.test(
    'who holds a digest is linked to its other kind in its own repository alone',
    async (t) => {
      const { store, inspect } = await start(t, open)
      for (const repository of [app, other]) {
        await push(store, repository, 'x')
        const parent = manifest('parent', { children: required('x') })
        await store.manifests.put(repository, parent, [])
      }
      await putAll(store, app, { x: [] })
      t.equal(outline(await inspect.edges(app, digest('parent')), 'x'), 'b:x c:x p:')
      t.equal(outline(await inspect.edges(other, digest('parent')), 'x'), 'b:x c: p:')
    },
  )

  t.test(
    'a manifest that waits can be deleted, and what it waited for may still come',
    async (t) => {
      const { store } = await start(t, open)
      await store.manifests.put(app, manifest('m', { blobs: optional('x') }), [])
      t.equal(await store.manifests.delete(app, digest('m')), true)
      await push(store, app, 'x')
      t.ok(await store.blobs.find(app, digest('x')))
    },
  )

  t.test('a child may be deleted while an index lists it, and the index stays', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { child: ['c'] })
    await store.manifests.put(app, manifest('index', { children: required('child') }), [tag('i')])
    t.equal(await store.manifests.delete(app, digest('child')), true)
    t.ok(await store.manifests.find(app, { tag: tag('i') }))
  })
}
