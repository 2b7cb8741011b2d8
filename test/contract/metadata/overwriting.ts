import type { Test } from 'tap'
import { app, digest, manifest, putAll, tag } from './fixtures.ts'
import { type OpenSubject, start } from './subject.ts'

const ann = { name: 'ann', client: '10.0.0.1' }
const mayOverwrite = false

const refused = { reason: 'overwrite', tag: tag('v1'), digest: digest('one') }

/** What may be done with tags by whoever may make them, and point none elsewhere. */
export function overwritingCases(t: Test, open: OpenSubject): void {
  t.test('a push that would move a tag is refused, and nothing of it is stored', async (t) => {
    const { store, inspect } = await start(t, open)
    await putAll(store, app, { one: ['v1'] })
    const before = await inspect.history(app)
    const put = (...tags: readonly string[]) =>
      store.manifests.put(app, manifest('two'), tags.map(tag), ann, { mayOverwrite })
    t.strictSame(await put('new', 'v1'), { stored: false, refused })
    t.equal((await store.manifests.head(app, { tag: tag('v1') }))?.digest, digest('one'))
    t.equal(await store.manifests.head(app, { tag: tag('new') }), undefined)
    t.equal(await store.manifests.head(app, { digest: digest('two') }), undefined)
    t.strictSame(await inspect.history(app), before)
    t.strictSame(await put('new'), { stored: true, created: true })
    t.strictSame(await put('new', 'v1'), { stored: false, refused }, 'also if it is there')
  })

  t.test('the same tag again, a new one and one that was deleted can be pushed', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { one: ['v1'], two: ['gone'] })
    await store.tags.delete(app, tag('gone'))
    const put = (...tags: readonly string[]) =>
      store.manifests.put(app, manifest('one'), tags.map(tag), ann, { mayOverwrite })
    t.strictSame(await put('v1', 'new', 'gone'), { stored: true, created: false })
    t.equal((await store.manifests.head(app, { tag: tag('gone') }))?.digest, digest('one'))
  })

  t.test('a tag that points elsewhere is not restored, a deleted one is', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { two: ['v1'] })
    await putAll(store, app, { one: ['v1'] })
    const restore = () =>
      store.history.restore(app, tag('v1'), digest('two'), ann, { mayOverwrite })
    t.strictSame(await restore(), { refused })
    t.equal((await store.manifests.head(app, { tag: tag('v1') }))?.digest, digest('one'))
    await store.tags.delete(app, tag('v1'))
    t.strictSame(await restore(), { restored: true, from: undefined })
  })

  t.test('without a word about it a tag moves', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { one: ['v1'] })
    for (const [text, options] of [
      ['two', {}],
      ['three', { mayOverwrite: true }],
      ['four', undefined],
    ] as const) {
      const put = await store.manifests.put(app, manifest(text), [tag('v1')], ann, options)
      t.strictSame(put, { stored: true, created: true })
    }
  })
}
