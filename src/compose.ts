import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Config } from '../config/schema.ts'
import { openStores, type Stores } from '../storage/open.ts'
import { buildApp } from './app.ts'
import { createDrain, type Drain } from './plugins/drain.ts'
import { createBlobs } from './services/blobs.ts'
import { createCatalog } from './services/catalog.ts'
import { diskFailureOf } from './services/disk-failure.ts'
import { createHealth } from './services/health.ts'
import { createHousekeeping, type Housekeeping } from './services/housekeeping.ts'
import { createIntegrity, type Integrity } from './services/integrity/create.ts'
import { createKeyedLock } from './services/keyed-lock.ts'
import { createManifests } from './services/manifests.ts'
import { createReferrers } from './services/referrers.ts'
import { createRoom } from './services/room.ts'
import { createSnapshots, type Snapshots } from './services/snapshots.ts'
import { createUploadTurns } from './services/upload-turns.ts'
import { createUploads } from './services/uploads.ts'

/** A registry, wired and recovered, that does not listen yet. */
export interface Registry {
  readonly app: FastifyInstance
  readonly housekeeping: Housekeeping
  readonly integrity: Integrity
  readonly snapshots: Snapshots
  readonly drain: Drain
  /** Closes the stores; only after `app` is closed, for requests under way still need them. */
  close(): Promise<void>
}

/** What the checks of stored content find goes to the log. */
function openIntegrity(config: Config, stores: Stores, logger: FastifyBaseLogger): Integrity {
  return createIntegrity({
    ...stores,
    ...config.integrity,
    onEvent(event) {
      if (event.damage === undefined) logger.info(event, 'stored content is well after all')
      else logger.error(event, 'stored content is damaged; pushing it again heals it')
    },
    onRound: (tally) => logger.info(tally, 'checked all stored content'),
    onFailure: (error) => logger.error({ err: error }, 'checking stored content failed'),
  })
}

/** What a full or failing disk lets nobody remove is no reason not to serve what is there. */
async function recover(housekeeping: Housekeeping, logger: FastifyBaseLogger): Promise<void> {
  try {
    const recovered = await housekeeping.recover()
    if (recovered.uploads + recovered.objects === 0) return
    logger.info(recovered, 'removed what an interrupted run had left behind')
  } catch (error) {
    if (diskFailureOf(error) === undefined) throw error
    logger.error(
      { err: error },
      'what an interrupted run left behind stays for now: the disk fails',
    )
  }
}

/**
 * Opens the stores the configuration names and wires the services to them.
 * Throws if the data directory can't be used; nothing stays open then.
 */
export async function compose(config: Config, logger: FastifyBaseLogger): Promise<Registry> {
  const stores = await openStores({ root: config.storage.root })
  const { metadata, blobStore, uploadStore, snapshotStore } = stores
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
  const room = createRoom({ uploadStore, minFree: config.storage.minFree })
  const drain = createDrain()
  const snapshots = createSnapshots({ metadata, snapshotStore, ...config.snapshots })
  const health = createHealth({
    isStopping: drain.isAnnounced,
    room,
    metadata,
    blobStore,
    onFailure: (error) => logger.error({ err: error }, 'a readiness probe failed'),
  })
  const integrity = openIntegrity(config, stores, logger)
  const { trust, reads } = integrity
  const services = {
    blobs: createBlobs({ metadata, reads }),
    catalog: createCatalog({ metadata }),
    health,
    manifests: createManifests({ metadata, policy: config.manifests }),
    referrers: createReferrers({ metadata }),
    room,
    uploads: createUploads({ metadata, uploadStore, blobStore, turns, room, trust }),
  }
  try {
    await recover(housekeeping, logger)
    const app = buildApp(config, services, logger, drain)
    const close = () => integrity.settle().finally(stores.close)
    return { app, housekeeping, integrity, snapshots, drain, close }
  } catch (error) {
    await stores.close()
    throw error
  }
}
