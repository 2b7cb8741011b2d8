import type { FastifyBaseLogger } from 'fastify'
import type { Housekeeping } from '../services/housekeeping.ts'
import { type Rounds, startRounds } from './rounds.ts'

/** Tidies the stores every `interval` milliseconds, one round after the other. */
export function startSweeper(
  housekeeping: Pick<Housekeeping, 'sweep'>,
  interval: number,
  logger: FastifyBaseLogger,
): Rounds {
  return startRounds({
    first: interval,
    retry: interval,
    async round() {
      const tidied = await housekeeping.sweep()
      if (tidied.uploads + tidied.objects > 0) logger.info(tidied, 'swept expired uploads')
      return interval
    },
    onFailure: (error) =>
      logger.error({ err: error }, 'sweeping expired uploads failed; it is tried again'),
  })
}
