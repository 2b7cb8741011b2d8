import type { Rows, TagRow } from './rows.ts'

/*
 * Accounts counted by hand: from the rows, in plain JavaScript, each time from the beginning. What
 * stays is what can be reached, so that no two of these functions argue like the store's SQL.
 */

export interface Sizes {
  readonly stored: number
  readonly unique: number
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0)
}

export function liveIds(rows: Rows, repository?: number): readonly number[] {
  return [...rows.manifests.values()]
    .filter(
      ({ live, ...row }) => live && (repository === undefined || row.repository === repository),
    )
    .map(({ id }) => id)
}

/** Live manifests that one holds by itself: children and referrers. */
function heldBy(rows: Rows, id: number): readonly number[] {
  const holder = rows.manifests.get(id)
  const referrers = [...rows.manifests.values()].filter(
    (row) => row.repository === holder?.repository && row.subject === holder.digest,
  )
  const all = [...(rows.children.get(id) ?? []), ...referrers.map((row) => row.id)]
  return all.filter((each) => rows.manifests.get(each)?.live)
}

/** These manifests and all they hold, directly or not. */
export function reach(rows: Rows, from: Iterable<number>): ReadonlySet<number> {
  const seen = new Set<number>()
  const open = [...from]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    open.push(...heldBy(rows, id))
  }
  return seen
}

/** Without those of deleted manifests, unless they are asked for. */
export function blobsOf(rows: Rows, manifests: Iterable<number>): ReadonlySet<number> {
  return new Set([...manifests].flatMap((id) => rows.edges.get(id) ?? []))
}

function without<T>(from: Iterable<T>, taken: ReadonlySet<T>): readonly T[] {
  return [...from].filter((each) => !taken.has(each))
}

const manifestBytes = (rows: Rows, ids: Iterable<number>) =>
  sum([...ids].map((id) => rows.manifests.get(id)?.size ?? 0))
const blobBytes = (rows: Rows, ids: Iterable<number>) =>
  sum([...ids].map((id) => rows.blobs.get(id) ?? 0))

/** What `mine` has, and what of it is left when `kept`, and what that holds, is taken away. */
function sizesOf(rows: Rows, mine: ReadonlySet<number>, kept: ReadonlySet<number>): Sizes {
  const own = without(mine, kept)
  return {
    stored: manifestBytes(rows, mine) + blobBytes(rows, blobsOf(rows, mine)),
    unique:
      manifestBytes(rows, own) + blobBytes(rows, without(blobsOf(rows, own), blobsOf(rows, kept))),
  }
}

/** Of what these manifests hold. */
export function countSet(rows: Rows, roots: Iterable<number>): Sizes {
  const mine = reach(rows, roots)
  return sizesOf(rows, mine, reach(rows, without(liveIds(rows), mine)))
}

/** Of all live manifests of some repositories. */
export function countRepositories(rows: Rows, repositories: readonly number[]): Sizes {
  return countSet(
    rows,
    repositories.flatMap((id) => liveIds(rows, id)),
  )
}

/** What goes when these manifests lose what `lost` says no more holds them. */
function countGoing(rows: Rows, roots: Iterable<number>, anchored: ReadonlySet<number>) {
  const closure = reach(rows, roots)
  const outside = without(liveIds(rows), closure)
  const kept = reach(rows, [...outside, ...[...closure].filter((id) => anchored.has(id))])
  const going = without(closure, kept)
  const freed = without(blobsOf(rows, going), blobsOf(rows, kept))
  return {
    manifests: going.length,
    manifestBytes: manifestBytes(rows, going),
    blobs: freed.length,
    blobBytes: blobBytes(rows, freed),
  }
}

export function countMarginal(rows: Rows, tags: readonly TagRow[]) {
  const staying = new Set(without(rows.tags, new Set(tags)).map((tag) => tag.manifest))
  return countGoing(
    rows,
    tags.map((tag) => tag.manifest),
    staying,
  )
}

/** Each tag's content, summed. */
export function countLogical(rows: Rows, tags: readonly TagRow[]): number {
  return sum(tags.map((tag) => countSet(rows, [tag.manifest]).stored))
}

/** What deleted manifests and tag history hold, and what nothing holds. */
export function countApart(rows: Rows, now: number, since: number) {
  const named = rows.history
    .filter(({ at }) => at >= since)
    .flatMap(({ repository, old }) =>
      [...rows.manifests.values()]
        .filter((row) => row.live && row.repository === repository && row.digest === old)
        .map((row) => row.id),
    )
  const history = countGoing(rows, named, new Set(rows.tags.map((tag) => tag.manifest)))
  const live = blobsOf(rows, liveIds(rows))
  const revivable = [...rows.manifests.values()]
    .filter((row) => !row.live && (row.undoUntil ?? 0) > now)
    .map((row) => row.id)
  const undo = without(blobsOf(rows, revivable), live)
  return {
    undo: history.blobBytes + blobBytes(rows, undo),
    history: history.blobBytes,
    waiting: blobBytes(rows, without(rows.blobs.keys(), new Set([...live, ...undo]))),
    undoManifestBytes: history.manifestBytes + manifestBytes(rows, revivable),
  }
}
