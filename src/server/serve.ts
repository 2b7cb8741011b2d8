import type { AddressInfo } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../../config/schema.ts'
import { compose, type Registry } from '../compose.ts'
import { diskFailureOf } from '../services/disk-failure.ts'
import { createPool, type Pool } from '../workers/main/pool.ts'
import { openHere } from './front-door/here.ts'
import { createAdmission } from './front-door/limits.ts'
import { type FrontDoor, openFrontDoor, type Place } from './front-door/open.ts'
import { createRefusalReport, type RefusalReport } from './front-door/report.ts'
import { startHtpasswd } from './htpasswd.ts'
import { startPullRounds } from './pull-rounds.ts'
import { stopServing } from './stop.ts'
import type { Entrance } from './tls/entrance.ts'
import { openTls } from './tls/open.ts'
import { countWorkers } from './worker-count.ts'

export interface ServeOptions {
  readonly config: Config
  readonly logger: FastifyBaseLogger
  /** Takes what workers log; without it that goes to standard output. */
  readonly onLog?: (text: string) => void
}

/** A registry that is reached by its clients. */
export interface Serving {
  readonly registry: Registry
  readonly address: AddressInfo
  /** Processes that answer now. */
  processes(): number
  /** Lets requests under way finish as configured; resolves when every connection is closed. */
  stop(): Promise<void>
}

function openDoor(
  { config, logger }: ServeOptions,
  places: () => readonly Place[],
  { onRefused }: RefusalReport,
): Promise<FrontDoor> {
  return openFrontDoor({
    ...config.http,
    admission: createAdmission(config.http, onRefused),
    places,
    onError: (error) => logger.error({ err: error }, 'a connection could not be accepted'),
  })
}

/** The secret of the command line is there before any process looks for it. */
async function composePublished({ config, logger }: ServeOptions): Promise<Registry> {
  const registry = await compose(config, logger)
  try {
    await registry.operator.publish()
  } catch (error) {
    if (diskFailureOf(error) === undefined) {
      await registry.close()
      throw error
    }
    logger.error(
      { err: error },
      'the secret of the command line could not be written: commands are refused until the next start',
    )
  }
  return registry
}

/** Composes a registry and lets clients in. @throws Error if it can't; nothing stays open then. */
export async function serveRegistry(options: ServeOptions): Promise<Serving> {
  const { config, logger, onLog } = options
  // First, for a mistake in its files is found at once, and before workers are started.
  const entrance = await openTls(config, logger, true)
  const count = countWorkers(config.http.workers) - 1
  const registry = composePublished(options)
  const hub = registry.then((composed) => composed.hub)
  // Whoever waits for the registry is told.
  hub.catch(() => undefined)
  const pool = createPool({ count, config, hub, logger, onLog })
  try {
    return await letIn(options, await registry, pool, entrance)
  } catch (error) {
    entrance?.close()
    await pool.stop()
    throw error
  }
}

/** Before anybody is let in, it is known who may sign in. */
async function watchHtpasswd({ config, logger }: ServeOptions, { htpasswd }: Registry) {
  return config.auth.mode === 'users' ? startHtpasswd(htpasswd, logger) : undefined
}

async function letIn(
  options: ServeOptions,
  registry: Registry,
  pool: Pool,
  entrance: Entrance | undefined,
): Promise<Serving> {
  const { app, drain } = registry
  const report = createRefusalReport(options.logger)
  try {
    const htpasswd = await watchHtpasswd(options, registry)
    const here = await openHere(app, entrance)
    const places = () => [here, ...pool.workers().map(({ place }) => place)]
    const door = await openDoor(options, places, report)
    const pulls = startPullRounds(registry.pulls, options.config.pulls, options.logger)
    return {
      registry,
      address: door.address,
      processes: () => places().length,
      async stop() {
        await stopServing({ app, drain, pool, door, entrance }, options.config.http)
        await registry.operator.withdraw()
        report.stop()
        await Promise.all([pulls.stop(), htpasswd?.stop()])
      },
    }
  } catch (error) {
    await app.close()
    await registry.operator.withdraw()
    await registry.close()
    throw error
  }
}
