import t, { type Test } from 'tap'
import type { RepositoryName } from '../../../src/oci/name.ts'
import type { Tag } from '../../../src/oci/reference.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import {
  blobsOf,
  countApart,
  countLogical,
  countMarginal,
  countRepositories,
  countSet,
  liveIds,
} from './accounts/count.ts'
import { type Rows, readRows, type TagRow } from './accounts/rows.ts'
import { createWorld, type World } from './accounts/world.ts'

/** All histories together take no longer, in milliseconds; the first ones are always looked at. */
const budget = 8_000
const always = 6
const steps = 60

function nameOf({ repositories }: Rows, id: number): RepositoryName {
  return repositories.get(id) as RepositoryName
}

function tagName(rows: Rows, { repository, name }: TagRow) {
  return { repository: nameOf(rows, repository), tag: name as Tag }
}

/** Ids of repositories whose names begin with `prefix`. */
function below({ repositories }: Rows, prefix: string): readonly number[] {
  return [...repositories].filter(([, name]) => name.startsWith(prefix)).map(([id]) => id)
}

function counts(rows: Rows, ids: readonly number[]) {
  const live = ids.flatMap((id) => liveIds(rows, id))
  return {
    tags: rows.tags.filter(({ repository }) => ids.includes(repository)).length,
    manifests: live.length,
    manifestBytes: live.reduce((sum, id) => sum + (rows.manifests.get(id)?.size ?? 0), 0),
  }
}

function countNamespace(rows: Rows, ids: readonly number[]) {
  const live = ids.flatMap((id) => liveIds(rows, id))
  return {
    ...counts(rows, ids),
    ...countRepositories(rows, ids),
    blobs: blobsOf(rows, live).size,
    repositories: ids.filter((id) => liveIds(rows, id).length > 0).length,
  }
}

async function compareRepositories(t: Test, store: MetadataStore, rows: Rows): Promise<void> {
  const all = [...rows.repositories.keys()]
  for (const id of all) {
    const kept = await store.accounts.repository(nameOf(rows, id))
    const counted = { ...counts(rows, [id]), ...countRepositories(rows, [id]) }
    if (kept === undefined) t.equal(counted.stored, 0)
    else t.match(kept, counted, nameOf(rows, id))
  }
  const listed = await store.accounts.repositories({ sort: 'name', descending: false, limit: 99 })
  t.strictSame(
    listed.map(({ name }) => name),
    all
      .filter((id) => liveIds(rows, id).length > 0)
      .map((id) => nameOf(rows, id))
      .sort(),
  )
  const { unique, ...registry } = countNamespace(rows, all)
  t.equal(unique, registry.stored, 'nothing is shared with anybody outside')
  t.strictSame(await store.accounts.registry(), registry)
  const team = countNamespace(rows, below(rows, 'team/'))
  t.strictSame(await store.accounts.namespace('team'), team)
}

async function compareTags(t: Test, { store, random }: World, rows: Rows): Promise<void> {
  for (const tag of rows.tags) {
    const { repository, tag: name } = tagName(rows, tag)
    const [account] = await store.accounts.tags(repository, [name])
    t.match(account, { tag: name, ...countSet(rows, [tag.manifest]) }, `${repository}:${name}`)
  }
  const some = rows.tags.filter(() => random.chance(0.5))
  const names = some.map((tag) => tagName(rows, tag))
  t.strictSame(await store.accounts.marginal(names), countMarginal(rows, some), 'marginal bytes')
  const logical = await store.accounts.logical({}, 99)
  const bytes = countLogical(rows, rows.tags)
  t.strictSame(logical, { tags: rows.tags.length, bytes })
}

async function compare(t: Test, world: World, at: string): Promise<void> {
  const { store, db, clock } = world
  const rows = readRows(db)
  t.strictSame(await store.accounts.recount(), [], `${at}: what is kept is what is counted`)
  await compareRepositories(t, store, rows)
  await compareTags(t, world, rows)
  const since = clock.now - 5_000
  t.match(
    await store.accounts.apart(since),
    countApart(rows, clock.now, since),
    'what is held apart',
  )
}

t.test('whatever happens, the accounts are what a plain count finds', async (t) => {
  const end = performance.now() + budget
  let seed = 1
  for (; seed <= always || performance.now() < end; seed++) {
    const world = await createWorld(t, seed)
    for (let step = 1; step <= steps; step++) {
      const what = await world.step()
      await compare(t, world, `seed ${seed}, step ${step}: ${what}`)
      if (!t.passing()) return
    }
    await world.store.close()
  }
  t.comment(`${seed - 1} histories of ${steps} steps`)
})
