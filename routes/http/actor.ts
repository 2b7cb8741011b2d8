import type { FastifyRequest } from 'fastify'
import type { Actor } from '../../src/oci/actor.ts'
import type { NewActivity } from '../../src/services/activity/activity.ts'

/** More of a `User-Agent` is not kept. */
const agentLength = 200

/** Who asks, for what is written down about changes. */
export function actorOf({ ip, headers, identity }: FastifyRequest): Actor {
  const { account, credential } = identity
  const name = credential === 'operator' ? 'operator' : account?.name
  return { name, client: ip, agent: headers['user-agent']?.slice(0, agentLength) }
}

/** The same as the activity log names it. */
export function whoOf(request: FastifyRequest): Pick<NewActivity, 'actor' | 'client' | 'agent'> {
  const { name, client, agent } = actorOf(request)
  return { actor: name, client, agent }
}
