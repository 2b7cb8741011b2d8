import { coversRepositories } from '../policies/patterns.ts'
import type { Action } from './actions.ts'
import type { Scope } from './identity.ts'
import { rangeOf, union } from './ranges.ts'
import type { Visibility } from './rights.ts'
import { matcherOf, whole } from './ruleset.ts'
import { everything, nothing } from './visibility.ts'

/** What a credential allows at most: whatever one of its scopes does. */
export interface Bound {
  allows(action: Action, repository: string): boolean
  /** What may be pulled with it. */
  readonly visible: Visibility
  /** Whether one scope allows something on all that a pattern could match. */
  covers(action: Action, pattern: string): boolean
  /** The scopes, for people: `pull, push on team/app`. */
  readonly words: string
}

/** A sentence names so many scopes at most. */
const mostNamed = 5

function wordsOf(scopes: readonly Scope[]): string {
  if (scopes.length === 0) return 'no repository'
  const named = scopes
    .slice(0, mostNamed)
    .map(({ pattern, actions }) => `${actions.join(', ') || 'nothing'} on ${pattern}`)
  const more = scopes.length - named.length
  return more > 0 ? `${named.join('; ')} and ${more} more` : named.join('; ')
}

export function createBound(scopes: readonly Scope[]): Bound {
  const parts = scopes.map(({ pattern, actions }) => {
    const allowed = whole(actions)
    return { pattern, matches: matcherOf(pattern), allows: (action: Action) => allowed.has(action) }
  })
  const allows = (action: Action, repository: string) =>
    parts.some((part) => part.allows(action) && part.matches(repository))

  function visible(): Visibility {
    const patterns = parts.filter((part) => part.allows('pull')).map(({ pattern }) => pattern)
    if (patterns.length === 0) return nothing
    if (patterns.includes('**')) return everything
    const includes = (repository: string) => allows('pull', repository)
    return { all: false, ranges: union(patterns.map(rangeOf)), includes }
  }

  return {
    allows,
    visible: visible(),
    covers: (action, pattern) =>
      parts.some((part) => part.allows(action) && coversRepositories(part.pattern, pattern)),
    words: wordsOf(scopes),
  }
}
