import type { FastifyRequest } from 'fastify'
import type { Identity } from '../../src/access/identity.ts'
import type { Rights, Visibility } from '../../src/access/rights.ts'

/** Who asks and what they may do, where the application has that found out before its routes. */
interface Known {
  readonly identity?: Identity
  readonly rights?: Rights
}

function visibleFor(rights: Rights, identity: Identity): Visibility | undefined {
  const visible = rights.visible(identity)
  return visible.all ? undefined : visible
}

/** The repositories whoever asks may pull; `undefined` for all there are. */
export function visibleTo(request: FastifyRequest): Visibility | undefined {
  const { identity, rights } = request as Known
  return rights && identity && visibleFor(rights, identity)
}

/**
 * Those that a list of names tells. A signed token to pull some repositories may let all of its account
 * be listed: their names, and nothing else of them.
 */
export function listedTo(request: FastifyRequest): Visibility | undefined {
  const { identity, rights } = request as Known
  if (rights === undefined || identity === undefined) return undefined
  const { listed = identity.scopes } = identity
  return visibleFor(rights, { ...identity, scopes: listed })
}
