import { setImmediate as turn } from 'node:timers/promises'
import type { NameRange, Visibility } from '../../../src/access/rights.ts'

/** Names of repositories that may be told; absent: all of them. */
export type VisibleNames = Pick<Visibility, 'ranges' | 'includes'>

/** No name has a byte as high as this one; all of them are below it. */
const end = '~'

/** Rows that are read at once, before others get their turn. */
const fewest = 100
const most = 1000

/** Ranges that are looked at before others get their turn. */
const rangesInTurn = 100

/** What a statement that reads names from `from` on and before `to` binds. */
export interface Bound {
  readonly from: string
  readonly to: string
  readonly limit: number
}

/** The bounds of a range, behind `after`: a name with a NUL behind it is the next one there could be. */
function boundsOf({ from, to = end }: NameRange, after: string): Omit<Bound, 'limit'> {
  const behind = after === '' ? '' : `${after}\0`
  return { from: behind > from ? behind : from, to }
}

/** Reads a range to its end, so many rows at once. */
function* stretches<Row>(
  { from: first, to }: Omit<Bound, 'limit'>,
  limit: number,
  read: (bound: Bound) => readonly Row[],
  nameOf: (row: Row) => string,
): Generator<readonly Row[]> {
  let from = first
  while (from < to) {
    const rows = read({ from, to, limit })
    yield rows
    const last = rows.length < limit ? undefined : rows.at(-1)
    from = last === undefined ? to : `${nameOf(last)}\0`
  }
}

/**
 * Rows in byte order of their names, those behind `after`, read along the ranges: what lies between
 * them is passed over. Other work gets its turn in between, so that a long list blocks nobody.
 * @param enough how many are likely wanted: so many are read at once.
 */
export async function* along<Row>(
  { ranges, includes }: VisibleNames,
  after: string,
  read: (bound: Bound) => readonly Row[],
  nameOf: (row: Row) => string,
  enough = most,
): AsyncGenerator<readonly Row[]> {
  const limit = Math.min(Math.max(enough, fewest), most)
  let looked = 0
  for (const range of ranges) {
    for (const rows of stretches(boundsOf(range, after), limit, read, nameOf)) {
      yield rows.filter((row) => includes(nameOf(row)))
      looked += 1
      if (rows.length === limit || looked % rangesInTurn === 0) await turn()
    }
  }
}

/** How many rows the ranges hold, visible or not; stops at `limit`. */
export function countAlong(
  { ranges }: VisibleNames,
  limit: number,
  count: (bound: Bound) => number,
): number {
  let found = 0
  for (const range of ranges) {
    if (found >= limit) break
    found += count({ ...boundsOf(range, ''), limit: limit - found })
  }
  return found
}
