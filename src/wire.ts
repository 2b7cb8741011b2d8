import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Config } from '../config/schema.ts'
import type { BlobStore, UploadStore } from '../storage/blobs/store.ts'
import type { MetadataStore } from '../storage/metadata/store.ts'
import { buildApp } from './app.ts'
import { createDrain, type Drain } from './plugins/drain.ts'
import { createBlobs } from './services/blobs.ts'
import { createCatalog } from './services/catalog.ts'
import { createHealth, type Health } from './services/health.ts'
import type { Integrity } from './services/integrity/create.ts'
import type { IntegrityEvent } from './services/integrity/quarantine.ts'
import { createManifests } from './services/manifests.ts'
import { createPolicyDocuments } from './services/policies/documents.ts'
import { createQuotas } from './services/quotas/create.ts'
import { limitMounts, limitUploads } from './services/quotas/limit.ts'
import { createReferrers } from './services/referrers.ts'
import { createRetention, type Retention } from './services/retention/create.ts'
import { createRoom } from './services/room.ts'
import { createUploads, type UploadDeps } from './services/uploads.ts'

/** What answers requests in one process, and does not listen. */
export interface Answering {
  readonly app: FastifyInstance
  readonly drain: Drain
  readonly health: Health
  readonly retention: Retention
}

export interface WireDeps {
  readonly metadata: MetadataStore
  readonly blobStore: BlobStore
  readonly uploadStore: UploadStore
  readonly turns: NonNullable<UploadDeps['turns']>
  readonly integrity: Pick<Integrity, 'trust' | 'reads'>
  /** Asked by probes; without it this process finds out by itself. */
  readonly health?: Health
  /** Begins the ids of requests that this process answers, where several do. */
  readonly name?: string
}

/** Wires services to stores, and the application to the services: the same in each process. */
export function wire(config: Config, logger: FastifyBaseLogger, deps: WireDeps): Answering {
  const { metadata, blobStore, uploadStore, turns, name } = deps
  const { trust, reads } = deps.integrity
  const drain = createDrain()
  const room = createRoom({ uploadStore, minFree: config.storage.minFree })
  const ownHealth = () =>
    createHealth({
      isStopping: drain.isAnnounced,
      room,
      metadata,
      blobStore,
      onFailure: (error) => logger.error({ err: error }, 'a readiness probe failed'),
    })
  const health = deps.health ?? ownHealth()
  const quotas = createQuotas({ metadata })
  const retention = createRetention({
    metadata,
    onFailure: (repository, error) => logger.error({ err: error, repository }, 'retention failed'),
  })
  const uploads = createUploads({ metadata, uploadStore, blobStore, turns, room, trust })
  const services = {
    blobs: limitMounts(createBlobs({ metadata, reads }), quotas),
    catalog: createCatalog({ metadata }),
    health,
    manifests: createManifests({ metadata, policy: config.manifests }),
    policies: createPolicyDocuments({ metadata, file: config.policies.file }),
    quotas,
    referrers: createReferrers({ metadata }),
    retention,
    room,
    uploads: limitUploads(uploads, quotas),
  }
  return { app: buildApp(config, services, logger, drain, name), drain, health, retention }
}

/** What the checks of stored content find goes to the log. */
export function integrityLog(logger: FastifyBaseLogger) {
  return {
    onEvent(event: IntegrityEvent): void {
      if (event.damage === undefined) logger.info(event, 'stored content is well after all')
      else logger.error(event, 'stored content is damaged; pushing it again heals it')
    },
    onRound: (tally: object) => logger.info(tally, 'checked all stored content'),
    onFailure: (error: unknown) => logger.error({ err: error }, 'checking stored content failed'),
  }
}
