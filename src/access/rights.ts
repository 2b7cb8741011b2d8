import type { Action } from './actions.ts'
import type { Account, Identity } from './identity.ts'

/** Whether something may be done, and what decided it. */
export interface Decision {
  readonly allowed: boolean
  /** For people: "team/** grants pull to group devs", "no grant matches". */
  readonly rule: string
}

/**
 * The names of repositories somebody may see. Lists read along `ranges` (ascending, disjoint) and keep
 * what `includes`; nobody reads what lies between them.
 */
export interface Visibility {
  /** Everything is visible: nothing needs to be asked. */
  readonly all: boolean
  readonly ranges: readonly NameRange[]
  includes(repository: string): boolean
}

/** In byte order: names from `from` on and before `to`; without `to` to the end. */
export interface NameRange {
  readonly from: string
  readonly to?: string
}

/** The rights of everybody, as they are at one moment. */
export interface Rights {
  /** The account of that id, as it is now; with a `token`, only while the account has one of that name. */
  accountOf(id: number, token?: string): Account | undefined
  decide(identity: Identity, action: Action, repository: string): Decision
  /** What may be pulled: what `decide` says for each name. */
  visible(identity: Identity): Visibility
  /** Whether the registry as a whole is theirs to run: accounts, rules, collections. */
  isAdmin(identity: Identity): boolean
  /**
   * Whether they may give and take rights on a pattern: `admin` on every repository it could match. Not
   * allowed, too, where only a closer look would tell.
   */
  mayGrant(identity: Identity, pattern: string): Decision
}
