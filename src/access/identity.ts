import type { Action } from './actions.ts'

/** Somebody the registry knows. What sign-in finds out about them is the same, wherever they come from. */
export interface Account {
  readonly id: number
  /** What they sign in with and what is written down about them; unique, lower case. */
  readonly name: string
  /** A robot has no password and no grants: what it may do stands in its token. */
  readonly kind: 'person' | 'robot'
  /** Who vouches for them: `local`, `htpasswd`, later the issuer of an identity provider. */
  readonly source: string
  /** May do everything. */
  readonly admin: boolean
  readonly disabled: boolean
  /** Counts changes after which what was handed out before (refresh tokens, sessions) is void. */
  readonly epoch: number
}

/** Some actions on the repositories that match a pattern (see `src/policies/patterns.ts`). */
export interface Scope {
  readonly pattern: string
  readonly actions: readonly Action[]
}

/** How somebody has shown who they are. */
export type Credential =
  | 'none'
  | 'password'
  /** A personal or robot token, sent as it is. */
  | 'token'
  /** A signed token of `/token`. */
  | 'bearer'
  | 'session'
  | 'certificate'
  /** Whoever can read the data directory. */
  | 'operator'

/** Who asks. */
export interface Identity {
  /** `undefined`: nobody in particular. */
  readonly account: Account | undefined
  readonly credential: Credential
  /** What the credential allows at most; `undefined`: all that its account may do. */
  readonly scopes: readonly Scope[] | undefined
  /** Whether a list of all repositories may be asked for with it; false for signed tokens without that. */
  readonly catalog: boolean
  /** What such a list shows at most, where that is more than `scopes`: a signed token names no others. */
  readonly listed?: readonly Scope[]
  /** The token that was used, for what is written down. */
  readonly token?: string
}

export const anonymous: Identity = {
  account: undefined,
  credential: 'none',
  scopes: undefined,
  catalog: true,
}
