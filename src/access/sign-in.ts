import type { Identity } from './identity.ts'

/** Somebody says who they are, with a password or a token in its place. */
export interface SignInAttempt {
  /** As typed. */
  readonly name: string
  /** Never written down. */
  readonly secret: string
  /** The address it came from. */
  readonly client: string
  /** The User-Agent. */
  readonly agent?: string | undefined
}

export type SignInOutcome =
  | { readonly identity: Identity }
  /** Wrong: that there is no such account is not told apart. */
  | { readonly refused: 'wrong' }
  /** Too many failures of late, of this account or from this network. */
  | { readonly refused: 'throttled'; readonly retryAfterSeconds: number }
