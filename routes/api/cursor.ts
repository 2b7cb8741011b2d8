import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { Problem } from '../../src/services/problem.ts'

/** Keys of the last entry of a page, in the order of the list's sort. */
export type Position = readonly (string | number)[]

/** A page as services give it; `next` is where the following one begins, if there is one. */
export interface Page<Item, At extends Position> {
  readonly items: readonly Item[]
  readonly next?: At | undefined
}

/** @param list which list and sort it belongs to. */
export function writeCursor(list: string, position: Position): string {
  return Buffer.from(JSON.stringify([list, ...position])).toString('base64url')
}

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

/**
 * @param at a tuple: what positions of this list look like.
 * @throws Problem INVALID_CURSOR for what {@link writeCursor} did not write for this list.
 */
export function readCursor<At extends TSchema>(
  text: string | undefined,
  list: string,
  at: At,
): Static<At> | undefined {
  if (text === undefined) return undefined
  const decoded = decode(text)
  if (!Array.isArray(decoded)) throw new Problem('INVALID_CURSOR')
  const [of, ...position] = decoded as unknown[]
  if (of !== list && typeof of === 'string') {
    throw new Problem('INVALID_CURSOR', {
      message: 'the cursor belongs to another list or another order; begin without one',
    })
  }
  if (of === list && Value.Check(at, position)) return position
  throw new Problem('INVALID_CURSOR')
}

/** The answer of a list. */
export function pageAnswer<Item, At extends Position, Shown>(
  list: string,
  { items, next }: Page<Item, At>,
  show: (item: Item) => Shown,
) {
  const shown = items.map(show)
  return next === undefined ? { items: shown } : { items: shown, next: writeCursor(list, next) }
}
