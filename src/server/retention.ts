import type { FastifyBaseLogger } from 'fastify'
import type { RetentionRuns } from '../services/retention/run.ts'
import { type Rounds, startRounds } from './rounds.ts'

/**
 * Milliseconds after the start before the first run: time to look at the preview of rules that came
 * with the start, and yet a registry that is restarted every day runs.
 */
const firstAfter = 3_600_000

/** Runs retention every `interval` milliseconds; 0 never does. Stopping ends a run between steps. */
export function startRetention(
  retention: RetentionRuns,
  interval: number,
  logger: FastifyBaseLogger,
): Rounds {
  if (interval === 0) return { stop: async () => undefined }
  const stopping = new AbortController()
  const rounds = startRounds({
    first: Math.min(interval, firstAfter),
    retry: Math.min(interval, firstAfter),
    async round() {
      const report = await retention.run(stopping.signal)
      if (report.repositories > 0) logger.info(report, 'retention ran')
      return interval
    },
    onFailure: (error) => logger.error({ err: error }, 'retention failed; it is tried again'),
  })
  return {
    stop() {
      stopping.abort()
      return rounds.stop()
    },
  }
}
