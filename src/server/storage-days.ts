import type { FastifyBaseLogger } from 'fastify'
import type { StorageDays } from '../services/accounts/days.ts'
import type { StorageLine } from '../services/accounts/reconcile.ts'
import { type Rounds, startRounds } from './rounds.ts'

/** A start has enough to do: the first day is recorded so many milliseconds later. */
const afterStart = 60_000

/** After a failure, milliseconds. */
const retry = 300_000

/** A clock that is set is noticed within this many milliseconds. */
const look = 3_600_000

function tell({ unknown, ...line }: StorageLine, logger: FastifyBaseLogger): void {
  logger.info(line, 'recorded what is stored today')
  if (unknown.length > 0) logger.warn({ unknown }, 'these files belong to nothing')
}

/** Records each day what is stored, from `first` milliseconds on. Stopping gives one up. */
export function startStorageDays(
  days: StorageDays,
  logger: FastifyBaseLogger,
  first: number = afterStart,
): Rounds {
  const giveUp = new AbortController()
  const rounds = startRounds({
    first,
    retry,
    async round() {
      const { recorded, nextIn } = await days.round(giveUp.signal)
      if (recorded) tell(recorded, logger)
      return Math.min(nextIn, look)
    },
    onFailure(error) {
      if (giveUp.signal.aborted) return
      logger.error({ err: error }, 'recording what is stored failed; it is tried again')
    },
  })
  return {
    stop() {
      giveUp.abort(new Error('the registry is stopping'))
      return rounds.stop()
    },
  }
}
