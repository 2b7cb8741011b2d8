import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Drain } from '../plugins/drain.ts'
import type { Pool } from '../workers/main/pool.ts'

export interface Stoppable {
  readonly app: FastifyInstance
  readonly drain: Drain
  readonly pool: Pool
  /** Accepts connections. */
  readonly door: { close(): void }
  /** Makes connections secure; ends those that it has. */
  readonly entrance?: { close(): void } | undefined
}

export interface StopOptions {
  /** Milliseconds for which everything is still served, while `/readyz` tells of the stop. */
  readonly drainDelay: number
  /** Milliseconds that requests under way may take after that. */
  readonly drainTimeout: number
}

/** Milliseconds between two looks at what is still under way. */
const lookEvery = 50

/** A worker that does not answer counts as busy: nobody waits for it beyond the deadline. */
async function isBusy({ drain, pool }: Stoppable, deadline: number): Promise<boolean> {
  if (drain.underWay() > 0) return true
  const rest = Math.max(0, deadline - performance.now())
  return (await Promise.race([pool.underWay(), sleep(rest, 1, { ref: false })])) > 0
}

/** The door stays open meanwhile: whoever comes is told to come back, and probes are answered. */
async function finishRequests(serving: Stoppable, limit: number): Promise<void> {
  const deadline = performance.now() + limit
  while ((await isBusy(serving, deadline)) && performance.now() < deadline) {
    await sleep(Math.min(lookEvery, deadline - performance.now()))
    serving.app.server.closeIdleConnections()
  }
}

/**
 * Announces the stop, then lets requests under way finish until the deadline and ends what is left.
 * Resolves when every connection is closed.
 */
export async function stopServing(
  serving: Stoppable,
  { drainDelay, drainTimeout }: StopOptions,
): Promise<void> {
  const { app, drain, pool, door, entrance } = serving
  drain.announce()
  pool.announceStop()
  if (drainDelay > 0) await sleep(drainDelay)
  drain.refuse()
  pool.refuse()
  await finishRequests(serving, drainTimeout)
  door.close()
  const server = app.server as Server
  const closed = Promise.all([app.close(), pool.stop()])
  server.closeAllConnections()
  entrance?.close()
  await closed
}
