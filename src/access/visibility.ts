import { allNames, difference, fillsItsRange, intersection, rangeOf, union } from './ranges.ts'
import type { NameRange, Visibility } from './rights.ts'
import type { Rule, Ruleset } from './ruleset.ts'

export const everything: Visibility = { all: true, ranges: allNames, includes: () => true }

export const nothing: Visibility = { all: false, ranges: [], includes: () => false }

/** What both include. */
export function both(a: Visibility, b: Visibility): Visibility {
  if (a.all) return b
  if (b.all) return a
  return {
    all: false,
    ranges: intersection(a.ranges, b.ranges),
    includes: (name) => a.includes(name) && b.includes(name),
  }
}

/** What one of them includes. */
export function either(a: Visibility, b: Visibility): Visibility {
  if (a.all || b.all) return everything
  if (a.ranges.length === 0) return b
  if (b.ranges.length === 0) return a
  return {
    all: false,
    ranges: union([...a.ranges, ...b.ranges]),
    includes: (name) => a.includes(name) || b.includes(name),
  }
}

const reveals = (rule: Rule) => rule.allows('pull')

/**
 * Reads nothing below what is taken away as a whole: what a less specific rule gives there does not
 * count; what a more specific one gives is kept.
 */
function rangesOf(rules: readonly Rule[]): readonly NameRange[] {
  let ranges: readonly NameRange[] = []
  for (const rule of [...rules].reverse()) {
    const range = rangeOf(rule.pattern)
    if (reveals(rule)) ranges = union([...ranges, range])
    else if (fillsItsRange(rule.pattern)) ranges = difference(ranges, range)
  }
  return ranges
}

/** What the rules of somebody let them pull. */
export function visibleBy({ rules, find }: Ruleset): Visibility {
  const isAll = rules.some(({ pattern }) => pattern === '**') && rules.every(reveals)
  if (isAll) return everything
  if (!rules.some(reveals)) return nothing
  return {
    all: false,
    ranges: rangesOf(rules),
    includes: (name) => find(name)?.allows('pull') ?? false,
  }
}
