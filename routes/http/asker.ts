import type { FastifyRequest } from 'fastify'
import { anonymous, type Identity } from '../../src/access/identity.ts'
import type { Rights } from '../../src/access/rights.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; absent where nobody has to say who they are. */
    identity?: Identity
    /** What everybody may do now; absent where everybody may do everything. */
    rights?: Rights
  }
}

/** Who asks, and the rights to judge it by. */
export interface Asker {
  readonly identity: Identity
  readonly rights: Rights
}

const free = { allowed: true, rule: 'nobody has to sign in (auth.mode)' }

/** Where nobody has to sign in: whoever comes may do everything. */
const openRights: Rights = {
  decide: () => free,
  visible: () => ({ all: true, ranges: [{ from: '' }], includes: () => true }),
  isAdmin: () => true,
}

export function askerOf({ identity = anonymous, rights = openRights }: FastifyRequest): Asker {
  return { identity, rights }
}
