import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../../config/schema.ts'
import { startActivityRounds } from './activity-rounds.ts'
import { formatBanner } from './banner.ts'
import { startCollector } from './collector.ts'
import { startEndedSecrets } from './ended-secrets.ts'
import { startKeyRotation } from './key-rotation.ts'
import { startRetention } from './retention.ts'
import { serveRegistry } from './serve.ts'
import { startSnapshots } from './snapshots.ts'
import { startStorageDays } from './storage-days.ts'
import { startSweeper } from './sweeper.ts'

export interface RunOptions {
  readonly config: Config
  readonly logger: FastifyBaseLogger
  readonly version: string
  /** Where the banner goes. */
  readonly stderr: { write(text: string): unknown }
  /** Resolves when the registry is to stop. */
  readonly until: Promise<unknown>
}

const openWarning =
  'whoever reaches this registry may pull, push and delete; set auth.mode to users'

/**
 * Runs a registry from opening its stores to closing them: requests under way when `until` resolves
 * may finish within `http.drainTimeout`. Rejects if it can't start.
 */
export async function runRegistry(options: RunOptions): Promise<void> {
  const { config, logger, version, stderr, until } = options
  const serving = await serveRegistry(options)
  const { registry } = serving
  const sweeper = startSweeper(registry.housekeeping, config.uploads.sweepInterval, logger)
  const collector = startCollector(registry.collector, config.gc.interval, logger)
  const snapshots = startSnapshots(registry.snapshots, config.snapshots.interval, logger)
  const storageDays = startStorageDays(registry.storageDays, logger)
  const retention = startRetention(registry.retention, config.retention.interval, logger)
  const activity = startActivityRounds(registry.activity, logger)
  const rotation = startKeyRotation(registry.keys, logger)
  const ended = startEndedSecrets(registry, logger)
  const attention = await registry.unadopted()
  if (attention !== undefined) logger.warn(attention)
  if (config.auth.mode === 'none') logger.warn(openWarning)
  const code = config.auth.mode === 'users' ? await registry.setUp.open() : undefined
  if (config.log.level !== 'silent') {
    stderr.write(formatBanner(config, serving.address, version, { attention, code }))
  }

  const stopping = new AbortController()
  const scrub = registry.integrity.scrub.run(stopping.signal)

  await until
  const { drainDelay, drainTimeout } = config.http
  logger.info({ drainDelay, drainTimeout }, 'stopping')
  stopping.abort()
  const rounds = [sweeper, collector, snapshots, storageDays, retention, activity, rotation, ended]
  await Promise.all([scrub, ...rounds.map((each) => each.stop()), serving.stop()])
  await registry.close()
  logger.info('stopped')
}
