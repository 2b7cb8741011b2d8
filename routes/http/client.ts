import type { FastifyRequest } from 'fastify'

/** More of a `User-Agent` tells no two clients apart. */
const agentLength = 128

/** Tells clients apart, as well as can be told without names: address and program. */
export function clientOf({ ip, headers }: FastifyRequest): string {
  return `${ip} ${headers['user-agent']?.slice(0, agentLength) ?? ''}`
}
