import type { Identity } from '../../access/identity.ts'
import type { Rights } from '../../access/rights.ts'
import type { Actor } from '../../oci/actor.ts'

/** Who asks for a change of accounts or rights, and what it is judged by. */
export interface Caller {
  readonly identity: Identity
  readonly rights: Rights
  /** What is written down. */
  readonly by: Actor
}

/** The name under which something was granted or made. */
export function nameOf({ identity, by }: Caller): string {
  return identity.account?.name ?? by.name ?? by.client
}

/** Whether a token was signed in with, if only at the beginning of a session. */
export function isByToken({ identity: { credential, token } }: Pick<Caller, 'identity'>): boolean {
  return credential === 'token' || credential === 'bearer' || token !== undefined
}

export function isAdmin({ identity, rights }: Pick<Caller, 'identity' | 'rights'>): boolean {
  return rights.isAdmin(identity)
}
