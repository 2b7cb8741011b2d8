import type { FastifyBaseLogger } from 'fastify'
import { type Collector, type GcRun, Stopped } from '../services/garbage/collector.ts'
import { type Rounds, startRounds } from './rounds.ts'

function isWorthALine({ manifests, blobs, objects }: GcRun): boolean {
  return manifests + blobs + objects > 0
}

/** Collects garbage every `interval` milliseconds, one run after the other. */
export function startCollector(
  collector: Collector,
  interval: number,
  logger: FastifyBaseLogger,
): Rounds {
  const rounds = startRounds({
    first: interval,
    retry: interval,
    async round() {
      const run = await collector.run('schedule')
      const { id, manifests, blobs, bytes, objects } = run
      if (isWorthALine(run)) {
        logger.info({ run: id, manifests, blobs, bytes, objects }, 'collected garbage')
      }
      return interval
    },
    onFailure(error) {
      if (error instanceof Stopped) return
      logger.error({ err: error }, 'collecting garbage failed; it is tried again')
    },
  })
  return {
    stop() {
      collector.stop()
      return rounds.stop()
    },
  }
}
