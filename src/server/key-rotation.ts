import type { FastifyBaseLogger } from 'fastify'
import type { KeyKeeper } from '../services/tokens/keys.ts'
import { type Rounds, startRounds } from './rounds.ts'

/** A clock that is set is noticed within this many milliseconds. */
const look = 3_600_000

/** After a failure, milliseconds. */
const retry = 60_000

/** Makes another key whenever it is time; nothing where nobody has to sign in. */
export function startKeyRotation(keys: KeyKeeper | undefined, logger: FastifyBaseLogger): Rounds {
  if (keys === undefined) return { stop: async () => undefined }
  return startRounds({
    first: 0,
    retry,
    round: async () => Math.min(await keys.keep(), look),
    onFailure: (error) =>
      logger.error({ err: error }, 'a new key for tokens could not be made; it is tried again'),
  })
}
