import type { Account, Scope } from './identity.ts'

/** Whom a grant is for. */
export type Grantee =
  | { readonly kind: 'account'; readonly name: string }
  | { readonly kind: 'group'; readonly name: string }
  /** Everybody who has signed in. */
  | { readonly kind: 'users' }
  /** Everybody, without signing in; `pull` alone can be granted. */
  | { readonly kind: 'anonymous' }

/** What somebody was given: these actions and no others on the repositories of the pattern. */
export interface Grant extends Scope {
  readonly grantee: Grantee
}

/** All that decides who may do what, as it is at one moment. */
export interface AccessBook {
  /** Changes with each change of the rest. */
  readonly version: number
  readonly accounts: readonly Account[]
  /** Names of their tokens by the ids of accounts; those that have none are left out. */
  readonly tokens: ReadonlyMap<number, ReadonlySet<string>>
  /** Names of accounts by group. */
  readonly groups: ReadonlyMap<string, readonly string[]>
  readonly grants: readonly Grant[]
}
