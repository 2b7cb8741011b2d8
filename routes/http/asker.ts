import type { FastifyRequest } from 'fastify'
import type { Caller } from '../../src/services/management/caller.ts'
import { actorOf } from './actor.ts'

/** Who asks, and the rights to judge it by. */
export function askerOf({ identity, rights }: FastifyRequest): Omit<Caller, 'by'> {
  return { identity, rights }
}

/** The same for what changes something, and is written down. */
export function callerOf(request: FastifyRequest): Caller {
  return { ...askerOf(request), by: actorOf(request) }
}
