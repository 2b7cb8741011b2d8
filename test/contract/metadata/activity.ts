import type { Test } from 'tap'
import { activityActions } from '../../../src/access/activity.ts'
import type {
  Activity,
  ActivityQuery,
  NewActivity,
} from '../../../storage/metadata/activity/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import { activityChangeCases } from './activity/changes.ts'
import { app, digest } from './fixtures.ts'
import { type OpenSubject, start } from './subject.ts'

const client = '10.0.0.1'

async function walk(
  store: MetadataStore,
  query: Omit<ActivityQuery, 'before'>,
): Promise<readonly Activity[]> {
  const all: Activity[] = []
  let before: ActivityQuery['before']
  do {
    const { items, next } = await store.activity.page({ ...query, before })
    all.push(...items)
    before = next
  } while (before !== undefined)
  return all
}

type Filter = Required<Omit<ActivityQuery, 'before' | 'limit'>>

function combinations(): readonly Filter[] {
  let filters: readonly Partial<Filter>[] = [{}]
  const each = <Key extends keyof Filter>(key: Key, ...values: readonly Filter[Key][]) => {
    filters = filters.flatMap((filter) => values.map((value) => ({ ...filter, [key]: value })))
  }
  each('action', undefined, ['pull'], ['push', 'denied', 'token'])
  each('actor', undefined, 'ann', 'nobody')
  each('repository', undefined, 'a', 'none')
  each('from', undefined, 20)
  each('to', undefined, 90)
  each('visible', undefined, (name) => name === 'a')
  return filters as readonly Filter[]
}

function fits({ action, actor, repository, at = 0 }: NewActivity, filter: Filter): boolean {
  const conditions = [
    filter.action?.includes(action) ?? true,
    (filter.actor ?? actor) === actor,
    (filter.repository ?? repository) === repository,
    at >= (filter.from ?? 0) && at < (filter.to ?? Number.MAX_SAFE_INTEGER),
    filter.visible === undefined || (repository !== undefined && filter.visible(repository)),
  ]
  return conditions.every(Boolean)
}

function pageCases(t: Test, open: OpenSubject): void {
  t.test('an entry is read back as it was written down', async (t) => {
    const { store, clock, reopen } = await start(t, open)
    const full: NewActivity = {
      action: 'denied',
      at: 5,
      actor: 'ann',
      client,
      agent: 'docker/1',
      repository: app,
      tag: 'v1',
      digest: digest('one'),
      count: 3,
      detail: { right: 'push', on: true, times: 2, tags: ['a', 'b'] },
    }
    await store.activity.append([{ action: 'sign-in-failed', client }, full])
    const check = async ({ activity }: MetadataStore) => {
      const { items, next } = await activity.page({ limit: 10 })
      t.equal(next, undefined)
      const [bare, told] = items.map(({ position: _, ...rest }) => rest)
      t.strictSame(bare, { action: 'sign-in-failed', at: clock.now, client, count: 1 })
      t.strictSame(told, full)
    }
    await check(store)
    await check(await reopen())
  })

  t.test('entries come the newest first, in pages, whatever is added meanwhile', async (t) => {
    const { store } = await start(t, open)
    const at = [3, 1, 2, 2, 5, 4]
    await store.activity.append(at.map((time) => ({ action: 'pull', at: time, client: `${time}` })))
    const first = await store.activity.page({ limit: 2 })
    t.strictSame(
      first.items.map((item) => item.at),
      [5, 4],
    )
    await store.activity.append([{ action: 'pull', at: 6, client }])
    const second = await store.activity.page({ limit: 3, before: first.next })
    t.strictSame(
      second.items.map((item) => item.at),
      [3, 2, 2],
    )
    const [, one, other] = second.items.map(({ position }) => position[1])
    t.ok(Number(one) > Number(other), 'of the same time, the one written down last is first')
    const last = await store.activity.page({ limit: 1, before: second.next })
    t.strictSame(
      last.items.map((item) => item.at),
      [1],
    )
    t.equal(last.next, undefined)
  })

  t.test('every combination of filters gives what it says', async (t) => {
    const { store } = await start(t, open)
    const entries: NewActivity[] = []
    for (let n = 0; n < 240; n++) {
      const action = activityActions[n % activityActions.length] ?? 'pull'
      const actor = [undefined, 'ann', 'bob'][n % 3]
      const repository = [undefined, 'a', 'b', 'c'][n % 4]
      entries.push({ action, at: n >> 1, client: `${n}`, actor, repository })
    }
    await store.activity.append(entries)
    const filters = combinations()
    for (const filter of filters) {
      const expected = entries.filter((entry) => fits(entry, filter))
      const found = await walk(store, { ...filter, limit: 7 })
      t.strictSame(
        found.map((item) => item.client),
        expected.map((entry) => entry.client).reverse(),
        JSON.stringify(filter),
      )
    }
  })

  t.test('a page that finds little ends all the same, and says where to go on', async (t) => {
    const { store } = await start(t, open)
    const busy = Array.from({ length: 3000 }, (_, n) => ({
      ...{ action: 'pull' as const, at: n + 2, client, actor: 'ann', repository: 'busy' },
    }))
    await store.activity.append([{ ...busy[0], action: 'pull', at: 1, client, repository: 'rare' }])
    await store.activity.append(busy)
    const query = { visible: (name: string) => name === 'rare', limit: 10 }
    const { items, next } = await store.activity.page(query)
    t.strictSame(items, [])
    t.ok(next)
    t.equal((await walk(store, query)).length, 1)
  })

  t.test('old entries are forgotten, the oldest first, and no others', async (t) => {
    const { store } = await start(t, open)
    const at = [5, 1, 4, 2, 3]
    const actions = ['pull', 'push', 'denied', 'pull', 'token'] as const
    await store.activity.append(
      actions.map((action, n) => ({ action, at: at[n] ?? 0, client, actor: 'ann' })),
    )
    t.equal(await store.activity.forget(4, 2), 2)
    const left = async () => (await walk(store, { limit: 10 })).map((item) => item.at)
    t.strictSame(await left(), [5, 4, 3])
    t.equal(await store.activity.forget(4, 2), 1)
    t.equal(await store.activity.forget(4, 2), 0)
    t.strictSame(await left(), [5, 4])
  })
}

export function activityCases(t: Test, open: OpenSubject): void {
  pageCases(t, open)
  activityChangeCases(t, open)
}
