import type { FastifyRequest } from 'fastify'
import type { Actor } from '../../src/oci/actor.ts'

/** Who asks, for what is written down about changes. */
export function actorOf({ ip }: FastifyRequest): Actor {
  return { client: ip }
}
