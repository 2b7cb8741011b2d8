import { matchRepositories } from '../policies/patterns.ts'
import { type Action, actions } from './actions.ts'
import type { Scope } from './identity.ts'
import { fillsItsRange } from './ranges.ts'
import { bySpecificity } from './rank.ts'
import type { Decision } from './rights.ts'

/** A grant as it holds for somebody, with the words for why. */
export interface Given extends Scope {
  /** Follows the pattern in a sentence: `grants pull to group devs`. */
  readonly words: string
}

/** All that was given to somebody on one pattern. */
export interface Rule {
  readonly pattern: string
  matches(name: string): boolean
  allows(action: Action): boolean
  /** What this rule says where it is the one that decides. */
  decide(action: Action): Decision
}

/** The rules of somebody; of those that match a name the most specific alone counts. */
export interface Ruleset {
  /** The most specific first. */
  readonly rules: readonly Rule[]
  find(name: string): Rule | undefined
}

/** As `matchRepositories`, without splitting the name where that is not needed. */
export function matcherOf(pattern: string): (name: string) => boolean {
  if (!fillsItsRange(pattern)) return matchRepositories([pattern])
  if (pattern === '**') return () => true
  if (!pattern.endsWith('/**')) return (name) => name === pattern
  const beginning = pattern.slice(0, -2)
  return (name) => name.startsWith(beginning)
}

/** The actions themselves; `admin` is all of them. */
export function whole(given: readonly Action[]): ReadonlySet<Action> {
  return new Set(given.includes('admin') ? actions : given)
}

export function createRule(pattern: string, given: readonly Given[]): Rule {
  const allowed = whole(given.flatMap((each) => each.actions))
  const rule = `${pattern} ${given.map(({ words }) => words).join(' and ')}`
  const yes: Decision = { allowed: true, rule }
  const no: Decision = { allowed: false, rule }
  return {
    pattern,
    matches: matcherOf(pattern),
    allows: (action) => allowed.has(action),
    decide: (action) => (allowed.has(action) ? yes : no),
  }
}

function firstPart(text: string): string {
  const slash = text.indexOf('/')
  return slash === -1 ? text : text.slice(0, slash)
}

/**
 * Rules are found by what they begin with: exact names first, then those with the name's first part,
 * then those that begin with anything; each is more specific than what follows.
 */
export function createRuleset(given: readonly Given[]): Ruleset {
  const byPattern = new Map<string, Given[]>()
  for (const each of given) {
    const same = byPattern.get(each.pattern)
    if (same) same.push(each)
    else byPattern.set(each.pattern, [each])
  }
  const rules = [...byPattern]
    .sort(([a], [b]) => bySpecificity(a, b))
    .map(([pattern, same]) => createRule(pattern, same))

  const exact = new Map<string, Rule>()
  const byFirstPart = new Map<string, Rule[]>()
  const others: Rule[] = []
  for (const rule of rules) {
    const first = firstPart(rule.pattern)
    if (!rule.pattern.includes('*')) exact.set(rule.pattern, rule)
    else if (first.includes('*')) others.push(rule)
    else byFirstPart.set(first, [...(byFirstPart.get(first) ?? []), rule])
  }
  const matching = (candidates: readonly Rule[] | undefined, name: string) =>
    candidates?.find((rule) => rule.matches(name))
  return {
    rules,
    find: (name) =>
      exact.get(name) ?? matching(byFirstPart.get(firstPart(name)), name) ?? matching(others, name),
  }
}
