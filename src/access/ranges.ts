import type { NameRange } from './rights.ts'

/*
 * Sets of names as lists of ranges: ascending, disjoint, none empty. Names are ASCII, so that the order
 * of strings is byte order.
 */
export type Ranges = readonly NameRange[]

export const allNames: Ranges = [{ from: '' }]

function next(character: string): string {
  return String.fromCharCode(character.charCodeAt(0) + 1)
}

/** The smallest range that holds all names a pattern matches: those that begin as it does. */
export function rangeOf(pattern: string): NameRange {
  const wild = pattern.indexOf('*')
  if (wild === 0) return { from: '' }
  // No name lies between one and the same with a NUL behind it.
  if (wild === -1) return { from: pattern, to: `${pattern}\0` }
  const from = pattern.slice(0, wild)
  return { from, to: from.slice(0, -1) + next(from.slice(-1)) }
}

/** Whether a pattern matches every name of its range. */
export function fillsItsRange(pattern: string): boolean {
  const wild = pattern.indexOf('*')
  return wild === -1 || pattern === '**' || (pattern.endsWith('/**') && wild === pattern.length - 2)
}

function isBefore(end: string | undefined, other: string | undefined): boolean {
  return end !== undefined && (other === undefined || end < other)
}

/** Those that are in one of the ranges, which may overlap and be in any order. */
export function union(ranges: readonly NameRange[]): Ranges {
  const merged: NameRange[] = []
  const ascending = [...ranges].sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
  for (const range of ascending) {
    const last = merged.at(-1)
    if (last === undefined || isBefore(last.to, range.from)) merged.push(range)
    else if (isBefore(last.to, range.to)) merged[merged.length - 1] = { ...range, from: last.from }
    else if (last.to !== undefined && range.to === undefined) {
      merged[merged.length - 1] = { from: last.from }
    }
  }
  return merged
}

/** What two ranges have in common. */
export function common(a: NameRange, b: NameRange): NameRange | undefined {
  const from = a.from > b.from ? a.from : b.from
  const to = isBefore(a.to, b.to) ? a.to : b.to
  if (to === undefined) return { from }
  return from < to ? { from, to } : undefined
}

export function intersection(a: Ranges, b: Ranges): Ranges {
  return union(a.flatMap((left) => b.flatMap((right) => common(left, right) ?? [])))
}

/** Those of `ranges` that are not in `without`. */
export function difference(ranges: Ranges, without: NameRange): Ranges {
  const before: NameRange = { from: '', to: without.from }
  const kept = without.to === undefined ? [before] : [before, { from: without.to }]
  const holding = kept.filter(({ from, to }) => to === undefined || from < to)
  return intersection(ranges, holding)
}
