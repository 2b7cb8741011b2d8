import type { FastifyBaseLogger } from 'fastify'
import type { ActivityKeeper } from '../services/activity/create.ts'
import { type Rounds, startRounds } from './rounds.ts'

/** Milliseconds after the start, when there is much else to do. */
const firstAfter = 60_000

/** Milliseconds; nobody notices that an entry is kept for an hour more. */
const interval = 3_600_000

/** Forgets, every hour, what nobody is to be told any more. */
export function startActivityRounds(
  activity: Pick<ActivityKeeper, 'forget'>,
  logger: Pick<FastifyBaseLogger, 'info' | 'error'>,
): Rounds {
  const stopping = new AbortController()
  const rounds = startRounds({
    first: firstAfter,
    retry: interval,
    async round() {
      const forgotten = await activity.forget(stopping.signal)
      if (forgotten > 0) logger.info({ forgotten }, 'forgot old entries of the activity log')
      return interval
    },
    onFailure: (error) =>
      logger.error({ err: error }, 'old entries of the activity log stay; it is tried again'),
  })
  return {
    stop() {
      stopping.abort()
      return rounds.stop()
    },
  }
}
