import type { Server } from 'node:http'
import type { FastifyInstance } from 'fastify'

export interface StopOptions {
  /** Milliseconds that requests under way may still take. */
  readonly drainTimeout: number
}

/** Milliseconds between two looks for connections that have become idle. */
const lookEvery = 100

/**
 * Stops taking connections, lets requests under way finish until the deadline, then ends them.
 * Resolves when every connection is closed.
 */
export async function stopServing(
  app: FastifyInstance,
  { drainTimeout }: StopOptions,
): Promise<void> {
  const server = app.server as Server
  const idle = setInterval(() => server.closeIdleConnections(), lookEvery)
  const deadline = setTimeout(() => server.closeAllConnections(), drainTimeout)
  try {
    await app.close()
  } finally {
    clearInterval(idle)
    clearTimeout(deadline)
  }
}
