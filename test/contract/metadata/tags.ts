import type { Test } from 'tap'
import { app, digest, manifest, other, push, putAll, tag } from './fixtures.ts'
import { type OpenSubject, start } from './subject.ts'

const all = { limit: 1000 }

export function tagCases(t: Test, open: OpenSubject): void {
  t.test('tags are listed in byte order, capitals before _ before small letters', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { m: ['b', '_x', 'B', 'a', 'A', '1', '10', '9', 'a.b', 'a-b', 'a_b'] })
    t.strictSame(await store.tags.list(app, all), [
      '1',
      '10',
      '9',
      'A',
      'B',
      '_x',
      'a',
      'a-b',
      'a.b',
      'a_b',
      'b',
    ])
  })

  t.test('an unknown repository has no list, a known one may have an empty one', async (t) => {
    const { store } = await start(t, open)
    t.equal(await store.tags.list(app, all), undefined)
    await push(store, app, 'layer')
    t.strictSame(await store.tags.list(app, all), [])
    await putAll(store, app, { m: ['v1'] })
    await putAll(store, other, { n: ['other'] })
    t.strictSame(await store.tags.list(app, all), ['v1'], 'only its own')
  })

  t.test('pages begin strictly after the tag given, there or not', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { m: ['a', 'b', 'c'] })
    const pages = [
      [{ limit: 2 }, ['a', 'b']],
      [{ after: 'a', limit: 2 }, ['b', 'c']],
      [{ after: 'aa', limit: 1 }, ['b']],
      [{ after: 'Z', limit: 1 }, ['a']],
      [{ after: 'c', limit: 2 }, []],
      [{ limit: 0 }, []],
      [{ limit: -1 }, []],
    ] as const
    for (const [page, expected] of pages) {
      t.strictSame(await store.tags.list(app, page), expected, JSON.stringify(page))
    }
  })

  t.test('a tag moves to the manifest put last, and the old one stays', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { one: ['latest', 'v1'] })
    await putAll(store, app, { two: ['latest'] })
    const head = async (text: string) =>
      (await store.manifests.head(app, { tag: tag(text) }))?.digest
    t.equal(await head('latest'), digest('two'))
    t.equal(await head('v1'), digest('one'))
    t.ok(await store.manifests.find(app, { digest: digest('one') }))
  })

  t.test('tags are told apart by case and by repository', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { one: ['v1'], two: ['V1'] })
    await putAll(store, other, { three: ['v1'] })
    const head = async (repository: typeof app, text: string) =>
      (await store.manifests.head(repository, { tag: tag(text) }))?.digest
    t.equal(await head(app, 'v1'), digest('one'))
    t.equal(await head(app, 'V1'), digest('two'))
    t.equal(await head(other, 'v1'), digest('three'))
  })

  t.test('every move leaves one row of history, staying in place leaves none', async (t) => {
    const { store, inspect, clock } = await start(t, open)
    const at = clock.now
    await putAll(store, app, { one: ['v1'] })
    await putAll(store, app, { one: ['v1'] })
    clock.now += 1000
    await putAll(store, app, { two: ['v1'] })
    await putAll(store, app, { one: ['v1', 'v1', 'v2'] })
    await store.tags.delete(app, tag('v1'))
    const [one, two] = [digest('one'), digest('two')]
    t.strictSame(await inspect.history(app), [
      { tag: 'v1', from: null, to: one, at },
      { tag: 'v1', from: one, to: two, at: at + 1000 },
      { tag: 'v1', from: two, to: one, at: at + 1000 },
      { tag: 'v2', from: null, to: one, at: at + 1000 },
      { tag: 'v1', from: one, to: null, at: at + 1000 },
    ])
  })

  t.test('a tag that comes from elsewhere has the time it had there', async (t) => {
    const { store, inspect, clock } = await start(t, open)
    const { now } = clock
    const put = (text: string, since?: number) =>
      store.manifests.put(
        app,
        manifest(text),
        [tag('v1')],
        undefined,
        since === undefined ? {} : { since },
      )
    const pushedAt = async () => (await store.policies.tags(app, all))[0]?.pushedAt
    await put('one', now - 5000)
    t.equal(await pushedAt(), now - 5000)
    await put('one', now - 3000)
    t.equal(await pushedAt(), now - 5000, 'it was not moved')
    await put('two', now + 5000)
    t.equal(await pushedAt(), now, 'never in the future')
    await put('one', now - 9000)
    t.equal(await pushedAt(), now - 9000)
    const [one, two] = [digest('one'), digest('two')]
    t.strictSame(
      await inspect.history(app),
      [
        { tag: 'v1', from: null, to: one, at: now },
        { tag: 'v1', from: one, to: two, at: now },
        { tag: 'v1', from: two, to: one, at: now },
      ],
      'history tells when it was done here',
    )
  })

  t.test('deleting a tag removes the pointer alone', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { one: ['v1', 'v2'] })
    t.equal(await store.tags.delete(app, tag('v1')), true)
    t.equal(await store.manifests.find(app, { tag: tag('v1') }), undefined)
    t.ok(await store.manifests.find(app, { tag: tag('v2') }))
    t.ok(await store.manifests.find(app, { digest: digest('one') }))
    t.equal(await store.tags.delete(app, tag('v1')), false, 'it is gone')
    t.equal(await store.tags.delete(other, tag('v2')), false, 'nothing was pushed there')
    t.strictSame(await store.tags.list(app, all), ['v2'])
  })

  t.test('one put can set many tags', async (t) => {
    const { store } = await start(t, open)
    const tags = Array.from({ length: 300 }, (_, i) => tag(`v${i}`))
    await store.manifests.put(app, manifest('m'), tags)
    t.equal((await store.tags.list(app, all))?.length, 300)
  })
}
