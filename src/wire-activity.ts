import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../config/schema.ts'
import {
  type ActivityKeeper,
  type ActivityLogDeps,
  createActivityLog,
} from './services/activity/create.ts'

/** The activity log of a process; what is wrong with it goes to the log of the server. */
export function wireActivity(
  { activity: { keep } }: Config,
  logger: FastifyBaseLogger,
  metadata: ActivityLogDeps['metadata'],
): ActivityKeeper {
  return createActivityLog({
    metadata,
    keep,
    onFailure: (error) =>
      logger.error({ err: error }, 'the activity log could not be written; it is tried again'),
    onLost: (entries) => logger.error({ entries }, 'the activity log lacks entries: too many came'),
  })
}
