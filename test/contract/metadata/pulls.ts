import type { Test } from 'tap'
import type { PullBatch } from '../../../storage/metadata/pulls/store.ts'
import { app, digest, manifest, name, optional, other, putAll, required, tag } from './fixtures.ts'
import { type OpenSubject, start } from './subject.ts'

const day = 86_400_000
const today = 19_675 * day
const [v1, v2] = [tag('v1'), tag('v2')]

function batch(part: Partial<PullBatch>): PullBatch {
  return { tags: [], manifests: [], days: [], ...part }
}

function tagPulls(text: string, pulls: number, lastPulledAt: number, repository = app) {
  return { repository, tag: tag(text), pulls, lastPulledAt }
}

function manifestPulls(text: string, pulls: number, lastPulledAt: number, repository = app) {
  return { repository, digest: digest(text), pulls, lastPulledAt }
}

function dayPulls(at: number, pulls: number, lastPulledAt = at, repository = app) {
  return { repository, day: at, pulls, lastPulledAt }
}

function countCases(t: Test, open: OpenSubject): void {
  t.test('what was never pulled has no numbers', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { m: ['v1'] })
    t.same(await store.pulls.ofTags(app, [v1]), new Map())
    t.same(await store.pulls.ofManifests(app, [digest('m')]), new Map())
    t.same(await store.pulls.repositoryDays(app, 0, Number.MAX_SAFE_INTEGER), [])
    t.same(await store.pulls.ofTags(other, [v1]), new Map(), 'nor in a repository that is unknown')
  })

  t.test('batches add up, and the latest pull stands whatever the order', async (t) => {
    const { store, reopen } = await start(t, open)
    await putAll(store, app, { m: ['v1'] })
    const times = [200, 300, 100] as const
    for (const at of times) {
      await store.pulls.record(
        batch({
          tags: [tagPulls('v1', 2, at)],
          manifests: [manifestPulls('m', 3, at)],
          days: [dayPulls(today, 4, today + at)],
        }),
      )
    }
    const again = await reopen()
    t.same(await again.pulls.ofTags(app, [v1]), new Map([[v1, { pulls: 6, lastPulledAt: 300 }]]))
    t.same(
      await again.pulls.ofManifests(app, [digest('m')]),
      new Map([[digest('m'), { pulls: 9, lastPulledAt: 300 }]]),
    )
    t.same(await again.pulls.repositoryDays(app, today, today + 1), [
      { day: today, pulls: 12, lastPulledAt: today + 300 },
    ])
  })

  t.test('an entry may come several times in one batch', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { m: ['v1'] })
    await store.pulls.record(batch({ tags: [tagPulls('v1', 1, 5), tagPulls('v1', 1, 4)] }))
    t.same(await store.pulls.ofTags(app, [v1]), new Map([[v1, { pulls: 2, lastPulledAt: 5 }]]))
  })

  t.test('only those that are asked for are answered, each repository apart', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { m: ['v1', 'v2'], n: [] })
    await putAll(store, other, { m: ['v1'] })
    const count = (pulls: number) => ({ pulls, lastPulledAt: 1 })
    await store.pulls.record(
      batch({
        tags: [tagPulls('v1', 1, 1), tagPulls('v2', 2, 1), tagPulls('v1', 3, 1, other)],
        manifests: [
          manifestPulls('m', 4, 1),
          manifestPulls('n', 5, 1),
          manifestPulls('m', 6, 1, other),
        ],
      }),
    )
    const { ofTags, ofManifests } = store.pulls
    t.same(await ofTags(app, [v2, tag('v3')]), new Map([[v2, count(2)]]))
    t.same(await ofTags(other, [v1, v2]), new Map([[v1, count(3)]]))
    t.same(await ofTags(app, []), new Map())
    t.same(await ofManifests(app, [digest('n'), digest('x')]), new Map([[digest('n'), count(5)]]))
    t.same(await ofManifests(other, [digest('m')]), new Map([[digest('m'), count(6)]]))
  })
}

function lifeCases(t: Test, open: OpenSubject): void {
  t.test('numbers of a tag stay with its name when it moves and when it is deleted', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { m: ['v1'] })
    await store.pulls.record(batch({ tags: [tagPulls('v1', 1, 7)] }))
    await putAll(store, app, { n: ['v1'] })
    t.equal((await store.pulls.ofTags(app, [v1])).get(v1)?.pulls, 1)
    await store.tags.delete(app, v1)
    await store.pulls.record(batch({ tags: [tagPulls('v1', 1, 8)] }))
    t.same(await store.pulls.ofTags(app, [v1]), new Map([[v1, { pulls: 2, lastPulledAt: 8 }]]))
  })

  t.test('what belongs to a repository or manifest that is gone is left out', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { m: ['v1'] })
    const gone = name('gone')
    await store.pulls.record(
      batch({
        tags: [tagPulls('v1', 1, 1, gone), tagPulls('v1', 1, 1)],
        manifests: [manifestPulls('absent', 1, 1), manifestPulls('m', 1, 1)],
        days: [dayPulls(today, 1, today, gone), dayPulls(today, 1)],
      }),
    )
    t.equal(await store.repositories.exists(gone), false)
    t.equal((await store.pulls.ofTags(app, [v1])).size, 1, 'the rest is recorded')
    t.equal((await store.pulls.ofManifests(app, [digest('absent'), digest('m')])).size, 1)
    t.equal((await store.pulls.repositoryDays(app, 0, today + day)).length, 1)
  })

  t.test('numbers of a manifest are not those of one that is pushed anew', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { m: ['v1'] })
    await store.pulls.record(batch({ manifests: [manifestPulls('m', 1, 1)] }))
    await store.manifests.delete(app, digest('m'))
    t.same(await store.pulls.ofManifests(app, [digest('m')]), new Map())
  })
}

function dayCases(t: Test, open: OpenSubject): void {
  t.test('days come in order, from the first one to before the last', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { m: ['v1'] })
    await putAll(store, other, { m: ['v1'] })
    const days = [2, 0, 5].map((n) => dayPulls(today + n * day, n))
    await store.pulls.record(batch({ days: [...days, dayPulls(today, 9, today, other)] }))
    const seen = async (from: number, to: number) =>
      (await store.pulls.repositoryDays(app, today + from * day, today + to * day)).map(
        (row) => (row.day - today) / day,
      )
    t.same(await seen(-9, 9), [0, 2, 5])
    t.same(await seen(0, 5), [0, 2])
    t.same(await seen(1, 6), [2, 5])
    t.same(await seen(3, 3), [])
  })

  t.test('days older than 400 are forgotten when the repository is pulled again', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { m: ['v1'] })
    const old = [-401, -400].map((n) => dayPulls(today + n * day, 1))
    await store.pulls.record(batch({ days: old }))
    t.equal((await store.pulls.repositoryDays(app, 0, today)).length, 2)
    await store.pulls.record(batch({ days: [dayPulls(today, 1)] }))
    t.same(
      (await store.pulls.repositoryDays(app, 0, today + 1)).map((row) => (row.day - today) / day),
      [-400, 0],
    )
  })
}

function indexCases(t: Test, open: OpenSubject): void {
  t.test('of some indexes those are told that list a manifest', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { a: [], b: [] })
    const put = (text: string, children: readonly string[]) =>
      store.manifests.put(app, manifest(text, { children: required(...children) }), [])
    await put('both', ['a', 'b'])
    await put('one', ['a'])
    await put('unasked', ['a'])
    await store.manifests.put(app, manifest('waiting', { children: optional('absent') }), [])
    const ask = (text: string, ...indexes: readonly string[]) =>
      store.pulls.indexesOf(app, digest(text), indexes.map(digest))
    t.same(await ask('a', 'both', 'one'), new Set([digest('both'), digest('one')]))
    t.same(await ask('b', 'both', 'one', 'a', 'nowhere'), new Set([digest('both')]))
    t.same(await ask('a', 'a'), new Set())
    t.same(await ask('absent', 'waiting'), new Set())
    t.same(await store.pulls.indexesOf(other, digest('a'), [digest('both')]), new Set())
  })
}

export function pullCases(t: Test, open: OpenSubject): void {
  countCases(t, open)
  lifeCases(t, open)
  dayCases(t, open)
  indexCases(t, open)
}
