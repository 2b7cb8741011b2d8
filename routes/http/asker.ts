import type { FastifyRequest } from 'fastify'
import { openRights } from '../../src/access/decide.ts'
import { anonymous } from '../../src/access/identity.ts'
import type { Caller } from '../../src/services/management/caller.ts'
import { actorOf } from './actor.ts'

/** Who asks, and the rights to judge it by. */
export function askerOf(request: FastifyRequest): Omit<Caller, 'by'> {
  const { identity = anonymous, rights = openRights } = request as Partial<FastifyRequest>
  return { identity, rights }
}

/** The same for what changes something, and is written down. */
export function callerOf(request: FastifyRequest): Caller {
  return { ...askerOf(request), by: actorOf(request) }
}
