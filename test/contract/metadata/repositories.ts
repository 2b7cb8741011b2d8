import type { Test } from 'tap'
import {
  app,
  begin,
  digest,
  manifest,
  name,
  optional,
  other,
  push,
  putAll,
  required,
  tag,
} from './fixtures.ts'
import { type OpenSubject, start } from './subject.ts'

const all = { limit: 1000 }

export function repositoryCases(t: Test, open: OpenSubject): void {
  t.test('the list holds repositories with a manifest, in byte order', async (t) => {
    const { store } = await start(t, open)
    for (const text of ['b', 'a_b', 'a/b', 'a-b', 'a.b', 'a0', 'a', 'a__b', 'ab']) {
      await putAll(store, name(text), { [text]: [] })
    }
    const names = await store.repositories.list(all)
    t.strictSame(names, ['a', 'a-b', 'a.b', 'a/b', 'a0', 'a__b', 'a_b', 'ab', 'b'])
  })

  t.test('a repository that holds only blobs exists and is not listed', async (t) => {
    const { store } = await start(t, open)
    await push(store, app, 'layer')
    t.equal(await store.repositories.exists(app), true)
    t.strictSame(await store.repositories.list(all), [])
    t.strictSame(await store.repositories.search('', all), { names: [], total: 0 })
  })

  t.test('a repository leaves the list with its last manifest and still exists', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { one: ['v1'], two: ['v2'] })
    await store.manifests.delete(app, digest('one'))
    t.strictSame(await store.repositories.list(all), [app])
    await store.manifests.delete(app, digest('two'))
    t.strictSame(await store.repositories.list(all), [])
    t.equal(await store.repositories.exists(app), true)
    await putAll(store, app, { one: [] })
    t.strictSame(await store.repositories.list(all), [app], 'and comes back with the next')
  })

  t.test('putting a manifest again does not count it twice', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { one: ['v1'] })
    await putAll(store, app, { one: ['v2'] })
    await store.manifests.delete(app, digest('one'))
    t.strictSame(await store.repositories.list(all), [])
  })

  t.test('nothing but a blob, a mount or a manifest makes a repository', async (t) => {
    const { store } = await start(t, open)
    await push(store, other, 'layer')
    const upload = await begin(store, app)
    await store.manifests.put(app, manifest('m', { blobs: required('absent') }), [tag('v1')])
    await store.blobs.mount(digest('absent'), app, other)
    await store.blobs.unlink(app, digest('layer'))
    await store.manifests.delete(app, digest('m'))
    await store.tags.delete(app, tag('v1'))
    await store.uploads.remove(upload.id)
    t.equal(await store.repositories.exists(app), false)

    await store.blobs.mount(digest('layer'), app, other)
    t.equal(await store.repositories.exists(app), true, 'a mount does')
    const third = name('third')
    await store.manifests.put(third, manifest('m', { blobs: optional('absent') }), [])
    t.equal(await store.repositories.exists(third), true, 'a manifest does')
  })

  t.test('pages begin strictly after the name given, there or not', async (t) => {
    const { store } = await start(t, open)
    for (const text of ['a', 'b', 'c', 'd']) await putAll(store, name(text), { [text]: [] })
    const pages = [
      [{ limit: 2 }, ['a', 'b']],
      [{ after: 'b', limit: 2 }, ['c', 'd']],
      [{ after: 'bb', limit: 1 }, ['c']],
      [{ after: 'B', limit: 1 }, ['a']],
      [{ after: 'd', limit: 2 }, []],
      [{ after: '', limit: 9 }, ['a', 'b', 'c', 'd']],
      [{ limit: 0 }, []],
      [{ limit: -1 }, []],
    ] as const
    for (const [page, expected] of pages) {
      t.strictSame(await store.repositories.list(page), expected, JSON.stringify(page))
    }
  })

  t.test(
    'a search finds a term anywhere, taken literally, and counts beyond the page',
    async (t) => {
      const { store } = await start(t, open)
      for (const text of ['team/app', 'team/app_two', 'team/appxtwo', 'zapp', 'lib/base']) {
        await putAll(store, name(text), { [text]: [] })
      }
      await push(store, name('app/blobs-only'), 'layer')
      const searches = [
        ['app', all, ['team/app', 'team/app_two', 'team/appxtwo', 'zapp'], 4],
        ['app', { limit: 2 }, ['team/app', 'team/app_two'], 4],
        ['app', { after: 'team/app_two', limit: 2 }, ['team/appxtwo', 'zapp'], 4],
        ['p_t', all, ['team/app_two'], 1],
        ['%', all, [], 0],
        ["'", all, [], 0],
        ['APP', all, [], 0],
        ['m/a', { limit: 1 }, ['team/app'], 3],
        ['', { limit: 1 }, ['lib/base'], 5],
      ] as const
      for (const [term, page, names, total] of searches) {
        t.strictSame(
          await store.repositories.search(term, page),
          { names, total },
          `${term} ${JSON.stringify(page)}`,
        )
      }
    },
  )
}
