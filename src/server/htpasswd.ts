import type { FastifyBaseLogger } from 'fastify'
import type { MountedHtpasswd } from '../services/htpasswd/mounted.ts'
import { type Rounds, startRounds } from './rounds.ts'

/** Milliseconds between two looks at the file. */
const interval = 1000

/** Reads the htpasswd file, then once more whenever it changes. @throws Error if it can't be read now. */
export async function startHtpasswd(
  htpasswd: MountedHtpasswd,
  logger: FastifyBaseLogger,
): Promise<Rounds> {
  await htpasswd.load()
  return startRounds({
    first: interval,
    retry: interval,
    async round() {
      await htpasswd.poll()
      return interval
    },
    onFailure: (error) => logger.error({ err: error }, 'looking at the htpasswd file failed'),
  })
}
