import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../../config/schema.ts'
import type { Pulls } from '../services/pulls/create.ts'
import { type Rounds, startRounds } from './rounds.ts'

/** Writes counted pulls every `flushInterval`, and the rest when it is stopped. */
export function startPullRounds(
  pulls: Pick<Pulls, 'flush' | 'finish'>,
  { enabled, flushInterval }: Config['pulls'],
  logger: Pick<FastifyBaseLogger, 'error'>,
): Rounds {
  if (!enabled) return { stop: async () => undefined }
  const rounds = startRounds({
    first: flushInterval,
    retry: flushInterval,
    async round() {
      await pulls.flush()
      return flushInterval
    },
    onFailure: (error) =>
      logger.error({ err: error }, 'counted pulls could not be written; it is tried again'),
  })
  return {
    async stop() {
      await rounds.stop()
      try {
        await pulls.finish()
      } catch (error) {
        logger.error({ err: error }, 'the last counted pulls could not be written and are lost')
      }
    },
  }
}
