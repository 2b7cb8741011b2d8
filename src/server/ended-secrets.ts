import type { FastifyBaseLogger } from 'fastify'
import type { MainSignIn } from '../compose-sign-in.ts'
import { type Rounds, startRounds } from './rounds.ts'

/** Milliseconds after the start, when there is much else to do. */
const firstAfter = 120_000

/** Milliseconds; what has ended opens nothing, it only takes room. */
const interval = 3_600_000

/** Forgets, every hour, what people and robots signed in with once. */
export function startEndedSecrets(
  { forgetEnded }: Pick<MainSignIn, 'forgetEnded'>,
  logger: Pick<FastifyBaseLogger, 'info' | 'error'>,
): Rounds {
  return startRounds({
    first: firstAfter,
    retry: interval,
    async round() {
      const forgotten = await forgetEnded()
      if (forgotten > 0) logger.info({ forgotten }, 'forgot secrets that had ended')
      return interval
    },
    onFailure: (error) =>
      logger.error({ err: error }, 'secrets that have ended stay; it is tried again'),
  })
}
