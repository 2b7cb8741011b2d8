import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Config } from '../config/schema.ts'
import { openStores } from '../storage/open.ts'
import { buildApp } from './app.ts'
import { createBlobs } from './services/blobs.ts'
import { createCatalog } from './services/catalog.ts'
import { createHealth } from './services/health.ts'
import { createHousekeeping, type Housekeeping } from './services/housekeeping.ts'
import { createKeyedLock } from './services/keyed-lock.ts'
import { createManifests } from './services/manifests.ts'
import { createReferrers } from './services/referrers.ts'
import { createUploadTurns } from './services/upload-turns.ts'
import { createUploads } from './services/uploads.ts'

/** A registry, wired and recovered, that does not listen yet. */
export interface Registry {
  readonly app: FastifyInstance
  readonly housekeeping: Housekeeping
  /** From now on `/readyz` says that the registry is stopping. */
  drain(): void
  /** Closes the stores; only after `app` is closed, for requests under way still need them. */
  close(): Promise<void>
}

/**
 * Opens the stores the configuration names and wires the services to them.
 * Throws if the data directory can't be used; nothing stays open then.
 */
export async function compose(config: Config, logger: FastifyBaseLogger): Promise<Registry> {
  const stores = await openStores({ root: config.storage.root })
  const { metadata, blobStore, uploadStore } = stores
  const lock = createKeyedLock()
  const turns = createUploadTurns({ lock })
  const housekeeping = createHousekeeping({
    metadata,
    uploadStore,
    blobStore,
    lock,
    turns,
    expireAfter: config.uploads.expireAfter,
  })
  const health = createHealth({
    metadata,
    blobStore,
    onFailure: (error) => logger.error({ err: error }, 'a readiness probe failed'),
  })
  const services = {
    blobs: createBlobs({ metadata, blobStore }),
    catalog: createCatalog({ metadata }),
    health,
    manifests: createManifests({ metadata, policy: config.manifests }),
    referrers: createReferrers({ metadata }),
    uploads: createUploads({ metadata, uploadStore, blobStore, turns }),
  }
  try {
    const recovered = await housekeeping.recover()
    if (recovered.uploads + recovered.objects > 0) {
      logger.info(recovered, 'removed what an interrupted run had left behind')
    }
    const app = buildApp(config, services, logger)
    return { app, housekeeping, drain: health.drain, close: stores.close }
  } catch (error) {
    await stores.close()
    throw error
  }
}
