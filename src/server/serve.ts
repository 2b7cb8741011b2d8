import type { AddressInfo } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../../config/schema.ts'
import type { Registry } from '../compose.ts'
import { createPool } from '../workers/main/pool.ts'
import { openHere } from './front-door/here.ts'
import { createAdmission } from './front-door/limits.ts'
import { openFrontDoor } from './front-door/open.ts'
import { createRefusalReport } from './front-door/report.ts'
import { stopServing } from './stop.ts'
import { countWorkers } from './worker-count.ts'

export interface ServeOptions {
  readonly config: Config
  readonly logger: FastifyBaseLogger
  /** Takes what workers log; without it that goes to standard output. */
  readonly onLog?: (text: string) => void
}

/** A registry that is reached by its clients. */
export interface Serving {
  readonly address: AddressInfo
  /** Processes that answer now. */
  processes(): number
  /** Lets requests under way finish as configured; resolves when every connection is closed. */
  stop(): Promise<void>
}

/** Opens the door, and starts the workers. Rejects if the address can't be used; the registry stays open. */
export async function serveRegistry(
  { app, drain, hub }: Registry,
  { config, logger, onLog }: ServeOptions,
): Promise<Serving> {
  const { http } = config
  const report = createRefusalReport(logger)
  const here = await openHere(app)
  const door = await openFrontDoor({
    ...http,
    admission: createAdmission(http, report.onRefused),
    places: () => [...pool.workers().map(({ place }) => place), here],
    onError: (error) => logger.error({ err: error }, 'a connection could not be accepted'),
  })
  const count = countWorkers(http.workers) - 1
  const pool = createPool({ count, config, hub, logger, onLog })
  return {
    address: door.address,
    processes: () => pool.workers().length + 1,
    async stop() {
      await stopServing({ app, drain, pool, door }, http)
      report.stop()
    },
  }
}
