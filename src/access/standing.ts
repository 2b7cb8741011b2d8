import { coversRepositories } from '../policies/patterns.ts'
import type { Action } from './actions.ts'
import { type Bound, createBound } from './bound.ts'
import type { GivenTo } from './given.ts'
import type { Account, Identity } from './identity.ts'
import { common, rangeOf } from './ranges.ts'
import type { Decision, Visibility } from './rights.ts'
import { createRule, createRuleset, type Ruleset } from './ruleset.ts'
import { both, everything, nothing, visibleBy } from './visibility.ts'

/** What somebody may do on their own account: what everybody may is added elsewhere. */
export interface Standing {
  /** Whether they may do what everybody may, too: not who must not be here at all. */
  readonly open: boolean
  decide(identity: Identity, action: Action, repository: string): Decision
  visible(identity: Identity): Visibility
  mayGrant(identity: Identity, pattern: string): Decision
}

const yes = (rule: string): Decision => ({ allowed: true, rule })
const no = (rule: string): Decision => ({ allowed: false, rule })

export const noGrant = no('no grant matches')

/** Scopes are compiled once for as long as somebody comes with them. */
const bounds = new WeakMap<object, Bound>()

function boundOf({ scopes }: Identity): Bound | undefined {
  if (scopes === undefined) return undefined
  const known = bounds.get(scopes) ?? createBound(scopes)
  bounds.set(scopes, known)
  return known
}

function limited(bound: Bound): Decision {
  return no(`what was signed in with is limited to ${bound.words}`)
}

/** Cuts what somebody may do down to what they came with. */
function within(standing: Omit<Standing, 'open'>): Standing {
  return {
    open: true,
    decide(identity, action, repository) {
      const own = standing.decide(identity, action, repository)
      const bound = own.allowed ? boundOf(identity) : undefined
      return bound === undefined || bound.allows(action, repository) ? own : limited(bound)
    },
    visible(identity) {
      const bound = boundOf(identity)
      const own = standing.visible(identity)
      return bound === undefined ? own : both(own, bound.visible)
    },
    mayGrant(identity, pattern) {
      const own = standing.mayGrant(identity, pattern)
      const bound = own.allowed ? boundOf(identity) : undefined
      return bound === undefined || bound.covers('admin', pattern) ? own : limited(bound)
    },
  }
}

/** Somebody who must not be here: even what everybody may is refused. */
export function refused(rule: string): Standing {
  const decision = no(rule)
  return {
    open: false,
    decide: () => decision,
    visible: () => nothing,
    mayGrant: () => decision,
  }
}

/** May do everything. */
export function unlimited(rule: string): Standing {
  const decision = yes(rule)
  return within({ decide: () => decision, visible: () => everything, mayGrant: () => decision })
}

/** Whoever may do nothing on their own account. */
export const nobody: Standing = within({
  decide: () => noGrant,
  visible: () => nothing,
  mayGrant: () => noGrant,
})

/** What a robot may do stands in its token alone. */
function robot({ name }: Account): Standing {
  const allowed = yes(`the token of ${name} allows it`)
  const none = no(`${name} is a robot without a token`)
  const decideBy = (identity: Identity) => (identity.scopes === undefined ? none : allowed)
  return within({
    decide: decideBy,
    visible: (identity) => (identity.scopes === undefined ? nothing : everything),
    mayGrant: decideBy,
  })
}

/** Rules that lack `admin` and could decide about a part of the pattern come before one that has it. */
function mayGrant({ rules }: Ruleset, pattern: string): Decision {
  const range = rangeOf(pattern)
  for (const rule of rules) {
    if (!rule.allows('admin')) {
      if (common(rangeOf(rule.pattern), range) !== undefined) return rule.decide('admin')
    } else if (coversRepositories(rule.pattern, pattern)) {
      return rule.decide('admin')
    }
  }
  return no(`no grant of admin covers ${pattern}`)
}

function person(account: Account, given: GivenTo): Standing {
  const own = createRuleset(given.person(account))
  const weakest = given.otherwise(account)
  const last = weakest && createRule(weakest.pattern, [weakest])
  const ruleset: Ruleset = last
    ? { rules: [...own.rules, last], find: (name) => own.find(name) ?? last }
    : own
  const visible = visibleBy(ruleset)
  return within({
    decide: (_identity, action, repository) => ruleset.find(repository)?.decide(action) ?? noGrant,
    visible: () => visible,
    mayGrant: (_identity, pattern) => mayGrant(ruleset, pattern),
  })
}

/** What an account of the book may do now. */
export function standingOf(account: Account, given: GivenTo): Standing {
  if (account.disabled) return refused(`the account ${account.name} is disabled`)
  if (account.kind === 'robot') return robot(account)
  return account.admin ? unlimited(`${account.name} is an administrator`) : person(account, given)
}
