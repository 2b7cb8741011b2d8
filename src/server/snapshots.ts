import type { FastifyBaseLogger } from 'fastify'
import type { Snapshots } from '../services/snapshots.ts'
import { type Rounds, startRounds } from './rounds.ts'

/** A full disk is tried again after this many milliseconds, or sooner if snapshots come more often. */
const retry = 300_000

/** A clock that is set is noticed within this many milliseconds. */
const look = 3_600_000

/** Copies the metadata every `interval` milliseconds; 0 never does. Stopping gives a copy up. */
export function startSnapshots(
  snapshots: Snapshots,
  interval: number,
  logger: FastifyBaseLogger,
): Rounds {
  if (interval === 0) return { stop: async () => undefined }
  const giveUp = new AbortController()
  const rounds = startRounds({
    first: 0,
    retry: Math.min(interval, retry),
    async round() {
      const { taken, nextIn } = await snapshots.round(giveUp.signal)
      if (taken) logger.info({ file: taken.file }, 'copied the metadata')
      return Math.min(nextIn, look)
    },
    onFailure(error) {
      if (giveUp.signal.aborted) return
      logger.error({ err: error }, 'copying the metadata failed; it is tried again')
    },
  })
  return {
    stop() {
      giveUp.abort(new Error('the registry is stopping'))
      return rounds.stop()
    },
  }
}
