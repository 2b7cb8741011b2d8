import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Drain } from '../plugins/drain.ts'

export interface Stoppable {
  readonly app: FastifyInstance
  readonly drain: Drain
}

export interface StopOptions {
  /** Milliseconds for which everything is still served, while `/readyz` tells of the stop. */
  readonly drainDelay: number
  /** Milliseconds that requests under way may take after that. */
  readonly drainTimeout: number
}

/** Milliseconds between two looks at what is still under way. */
const lookEvery = 50

/** The listener stays open meanwhile: whoever comes is told to come back, and probes are answered. */
async function finishRequests({ app, drain }: Stoppable, limit: number): Promise<void> {
  const deadline = performance.now() + limit
  while (drain.underWay() > 0 && performance.now() < deadline) {
    await sleep(Math.min(lookEvery, deadline - performance.now()))
    app.server.closeIdleConnections()
  }
}

/**
 * Announces the stop, then lets requests under way finish until the deadline and ends what is left.
 * Resolves when every connection is closed.
 */
export async function stopServing(
  { app, drain }: Stoppable,
  { drainDelay, drainTimeout }: StopOptions,
): Promise<void> {
  drain.announce()
  if (drainDelay > 0) await sleep(drainDelay)
  drain.refuse()
  await finishRequests({ app, drain }, drainTimeout)
  const server = app.server as Server
  const closed = app.close()
  server.closeAllConnections()
  await closed
}
