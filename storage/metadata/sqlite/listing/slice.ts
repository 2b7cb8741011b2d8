import type { Slice } from '../../listing/store.ts'

/**
 * How many rows a page with a filter looks at, a few milliseconds' worth: names are compared five
 * times as fast as it takes to ask whether a manifest has a tag.
 */
export const stretch = { tags: 50_000, manifests: 10_000 }

/**
 * A page out of the rows that were found, one more than wanted if there are more.
 * @param edge where looking ended though the list goes on.
 */
export function sliceOf<Row extends Position, Position>(
  found: readonly Row[],
  limit: number,
  edge: Position | undefined,
  positionOf: (row: Row) => Position,
): Slice<Row, Position> {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  const next = found.length > limit && last ? positionOf(last) : edge
  return next === undefined ? { items } : { items, next }
}
