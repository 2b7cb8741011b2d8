import type { AccessBook, Grant, Grantee } from '../../../src/access/book.ts'
import type { Account, Scope } from '../../../src/access/identity.ts'

/**
 * Accounts, groups and grants. Names are lower case and checked by the caller; passwords come as the
 * text of a password hash, which nobody can sign in with. Times are milliseconds since 1970.
 *
 * Ids are never given again: whoever has the id of an account that was removed has nobody's.
 */
export interface AccessTable {
  /**
   * Changes with each change of accounts, groups, grants or tokens, and with nothing else. One indexed
   * row, for each request asks.
   */
  version(): Promise<number>
  book(): Promise<AccessBook>

  account(name: string): Promise<AccountRecord | undefined>
  /** In byte order of names. */
  accounts(page: {
    readonly after?: string | undefined
    readonly limit: number
  }): Promise<readonly AccountRecord[]>
  /** `undefined` if the name is taken, by an account of whatever kind or source, or by a group. */
  createAccount(account: NewAccount): Promise<AccountRecord | undefined>
  /**
   * The same, as an administrator, only if no account of the same source is one yet, disabled or not.
   * `undefined` if there is, or if the name is taken.
   */
  createFirstAdmin(account: Omit<NewAccount, 'admin'>): Promise<AccountRecord | undefined>
  /**
   * Changes what is given. A new password, `disabled: true` or a change of `admin` raises the epoch and
   * ends sessions and refresh tokens. `undefined` if there is no such account; `last-admin`, and no
   * change, if no enabled administrator with a password would be left.
   */
  changeAccount(
    name: string,
    change: AccountChange,
  ): Promise<AccountRecord | 'last-admin' | undefined>
  /**
   * Removes an account with its grants, memberships, tokens and sessions: a later one of the same name
   * has none of them.
   */
  removeAccount(name: string): Promise<boolean | 'last-admin'>
  /** The hash of a password, with the account it belongs to. */
  password(name: string): Promise<PasswordRecord | undefined>
  /**
   * The same password under another hash: ends nothing, and raises no epoch. False, and nothing, if
   * `from` is not the hash of the account any more.
   */
  renewPassword(name: string, from: string, to: string): Promise<boolean>
  /** Notes when people signed in; an earlier time than is known changes nothing. Not in the version. */
  seen(sightings: readonly Sighting[]): Promise<void>
  /**
   * People of a source are exactly these from now on: new ones are made, others of the source are
   * disabled until they are among the names again; who was disabled by `changeAccount` stays so. Names
   * that are taken by another source, a robot or a group are left out and told.
   */
  replaceSource(
    source: string,
    names: readonly string[],
  ): Promise<{ readonly taken: readonly string[] }>

  /** In byte order of names, with members in byte order. */
  groups(): Promise<readonly Group[]>
  /** Makes the group if need be. `undefined` if there is no such person, `taken` if an account has the name. */
  addMember(group: string, account: string): Promise<true | 'taken' | undefined>
  /** False if they were no member. A group without members and grants is no more. */
  removeMember(group: string, account: string): Promise<boolean>
  /** With its grants and memberships. */
  removeGroup(group: string): Promise<boolean>

  /** In byte order of patterns, then of kinds of grantees, then of their names. */
  grants(): Promise<readonly GrantRecord[]>
  /**
   * Replaces what was granted to the same on the same pattern; no actions are a grant, too: of nothing.
   * False if there is no such person, or an account has the name of the group; a group is made if
   * need be.
   */
  grant(grant: Grant, by: string): Promise<boolean>
  revoke(grantee: Grantee, pattern: string): Promise<boolean>
}

export interface Sighting {
  readonly account: string
  readonly at: number
}

export interface AccountRecord extends Account {
  readonly createdAt: number
  readonly seenAt?: number
  readonly hasPassword: boolean
  readonly groups: readonly string[]
}

export interface NewAccount {
  readonly name: string
  readonly kind: Account['kind']
  readonly source: string
  readonly admin: boolean
  readonly passwordHash?: string | undefined
}

export interface AccountChange {
  readonly passwordHash?: string | undefined
  readonly admin?: boolean | undefined
  readonly disabled?: boolean | undefined
}

export interface PasswordRecord {
  readonly account: Account
  readonly hash: string
}

export interface Group {
  readonly name: string
  readonly members: readonly string[]
}

export interface GrantRecord extends Grant {
  readonly grantedAt: number
  readonly grantedBy: string
}

/**
 * Tokens of people and robots, and what short-lived signed tokens and sessions are renewed with. Secrets
 * come as SHA-256 of what was handed out (hex): nothing here can be used to sign in. Those of an account
 * go with it.
 */
export interface SecretTable {
  /**
   * What a secret opens, if it is not expired, its account not disabled and, but for tokens, of the same
   * epoch as when it was made. For each request that shows one.
   */
  find(hash: string): Promise<FoundSecret | undefined>
  /**
   * A token with its first secret. For a robot its account is made, too. `undefined` if its account has
   * a token of this name already, if a robot's name is taken, or if there is no such account.
   */
  createToken(token: NewToken): Promise<TokenRecord | undefined>
  /** In byte order of accounts, then names; those of one account, if given. */
  tokens(account?: string): Promise<readonly TokenRecord[]>
  /**
   * Adds a secret; those there were, and what was made with them, end at `overlapUntil` at the latest.
   * `undefined` if there is no such token.
   */
  rotateToken(
    account: string,
    name: string,
    secret: {
      readonly hash: string
      readonly overlapUntil: number
      readonly expiresAt?: number | undefined
    },
  ): Promise<TokenRecord | undefined>
  /** With its secrets, the refresh tokens made with it, and a robot's account. */
  removeToken(account: string, name: string): Promise<boolean>
  /**
   * A refresh token or a session. False, and nothing, if its account is gone, disabled or of another
   * epoch, or its token gone or expired.
   */
  create(secret: NewSecret): Promise<boolean>
  /**
   * Notes that secrets were used at these times, for their tokens and accounts; moves the end of
   * sessions and refresh tokens to `expiresAt`, though never beyond that of the token they were made
   * with. Secrets that are gone are left out.
   */
  used(uses: readonly SecretUse[]): Promise<void>
  remove(hash: string): Promise<boolean>
  /** Removes secrets that expired before `time`, the oldest first; gives how many. Their tokens stay. */
  forget(time: number, limit: number): Promise<number>
}

export type SecretKind = 'token' | 'refresh' | 'session'

export interface FoundSecret {
  readonly kind: SecretKind
  readonly account: Account
  /** Of the token it is of, or was made with. */
  readonly token?: string
  readonly scopes?: readonly Scope[]
  readonly createdAt: number
  readonly expiresAt?: number
}

export interface NewToken {
  /** The account it is of; a robot has the name of its token. */
  readonly account: string
  readonly name: string
  readonly robot: boolean
  /** `undefined`: all that its account may do; never for a robot. */
  readonly scopes: readonly Scope[] | undefined
  readonly hash: string
  readonly expiresAt?: number | undefined
  readonly createdBy: string
}

export interface TokenRecord {
  readonly account: string
  readonly name: string
  readonly robot: boolean
  readonly scopes?: readonly Scope[]
  readonly createdAt: number
  readonly createdBy: string
  /** Of the newest secret. */
  readonly expiresAt?: number
  readonly usedAt?: number
  /** Until when an earlier secret is taken as well. */
  readonly overlapUntil?: number
}

export interface NewSecret {
  readonly kind: 'refresh' | 'session'
  readonly hash: string
  readonly account: string
  readonly epoch: number
  /** The token that was signed in with: it ends with that one, and has no more rights. */
  readonly token?: string | undefined
  readonly expiresAt: number
}

export interface SecretUse {
  readonly hash: string
  readonly at: number
  readonly expiresAt?: number
}
