import type { Account, Identity, Scope } from '../../access/identity.ts'

/** What a signed token says, beside who it is for. */
export interface BearerGrant {
  /** Exact names of repositories, with what may be done there at most. */
  readonly scopes: readonly Scope[]
  /** Whether all repositories may be listed with it. */
  readonly catalog: boolean
}

export interface SignedToken {
  readonly token: string
  /** Seconds. */
  readonly expiresIn: number
  readonly issuedAt: Date
}

/** See `Rights.accountOf`. */
export type AccountOf = (id: number, token?: string) => Account | undefined

/** The short-lived signed tokens that clients get at `/token` and send as `Bearer`. */
export interface BearerTokens {
  sign(identity: Identity, grant: BearerGrant): Promise<SignedToken>
  /**
   * Who sends it, if it is one of ours, not expired, and its account still the same and enabled.
   * Resolved at once (no promise) where the same token was verified just before.
   */
  verify(token: string, accountOf: AccountOf): Promise<Identity | undefined> | Identity | undefined
}
