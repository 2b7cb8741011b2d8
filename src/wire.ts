import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Config } from '../config/schema.ts'
import type { BlobStore, UploadStore } from '../storage/blobs/store.ts'
import type { MetadataStore } from '../storage/metadata/store.ts'
import { buildApp } from './app.ts'
import { packageVersion } from './package-version.ts'
import { createDrain, type Drain } from './plugins/drain.ts'
import type { About } from './services/about.ts'
import { type Accounts, createAccounts } from './services/accounts/create.ts'
import type { Allowances } from './services/allowances/allowances.ts'
import { createBlobs } from './services/blobs.ts'
import { createCatalog } from './services/catalog.ts'
import { createDeletions } from './services/deletions/deletions.ts'
import type { Collector } from './services/garbage/collector.ts'
import { createHealth, type Health } from './services/health.ts'
import { createHistory } from './services/history.ts'
import type { Integrity } from './services/integrity/create.ts'
import type { IntegrityEvent } from './services/integrity/quarantine.ts'
import { createListing } from './services/listing/create.ts'
import { createManifests } from './services/manifests.ts'
import { createPolicyDocuments } from './services/policies/documents.ts'
import { createPulls, type PullDeps, type Pulls } from './services/pulls/create.ts'
import { createQuotas } from './services/quotas/create.ts'
import { limitMounts, limitUploads } from './services/quotas/limit.ts'
import { createReferrers } from './services/referrers.ts'
import { createRetention, type Retention } from './services/retention/create.ts'
import { createPullTimes } from './services/retention/pull-times.ts'
import { createRoom } from './services/room.ts'
import { createUploads, type UploadDeps } from './services/uploads.ts'
import { storageTimes } from './storage-times.ts'

/** What answers requests in one process, and does not listen. */
export interface Answering {
  readonly app: FastifyInstance
  readonly drain: Drain
  readonly health: Health
  readonly pulls: Pulls
  readonly accounts: Accounts
  readonly retention: Retention
}

export interface WireDeps {
  readonly metadata: MetadataStore
  readonly blobStore: BlobStore
  readonly uploadStore: UploadStore
  readonly turns: NonNullable<UploadDeps['turns']>
  readonly integrity: Pick<Integrity, 'trust' | 'reads'>
  /** One for the registry; the main process has it. */
  readonly allowances: Allowances
  /** Collects garbage, in the main process. */
  readonly collector: Pick<Collector, 'run' | 'preview'>
  /** Asked by probes; without it this process finds out by itself. */
  readonly health?: Health
  /** For the pulls that are attributed to tags in another process. */
  readonly sendSteps?: PullDeps['send']
  /** Begins the ids of requests that this process answers, where several do. */
  readonly name?: string
}

/** What clients are told about this registry. */
function aboutOf({ manifests, lists, delete: deletion }: Config): About {
  return {
    version: packageVersion(),
    features: { delete: deletion.enabled },
    limits: {
      manifestBytes: manifests.maxSize,
      manifestReferences: manifests.maxReferences,
      pageSize: lists.maxPageSize,
    },
  }
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
    pulls: createPullTimes(metadata),
    onFailure: (repository, error) => logger.error({ err: error, repository }, 'retention failed'),
  })
  const uploads = createUploads({ metadata, uploadStore, blobStore, turns, room, trust })
  const services = {
    about: aboutOf(config),
    allowances: deps.allowances,
    accounts: createAccounts({
      metadata,
      blobStore,
      uploadStore,
      historyKeep: config.history.keep,
    }),
    blobs: limitMounts(createBlobs({ metadata, reads }), quotas),
    catalog: createCatalog({ metadata }),
    collector: deps.collector,
    deletions: createDeletions({
      metadata,
      enabled: config.delete.enabled,
      ...storageTimes(config),
    }),
    garbage: metadata.garbage,
    health,
    history: createHistory({ metadata }),
    listing: createListing({ metadata }),
    manifests: createManifests({ metadata, policy: config.manifests }),
    pulls: createPulls({
      metadata,
      enabled: config.pulls.enabled,
      send: deps.sendSteps,
      onFailure: (error) => logger.error({ err: error }, 'a pull could not be attributed to a tag'),
    }),
    policies: createPolicyDocuments({ metadata, file: config.policies.file }),
    quotas,
    referrers: createReferrers({ metadata }),
    retention,
    room,
    uploads: limitUploads(uploads, quotas),
  }
  const { pulls, accounts } = services
  const app = buildApp(config, services, logger, drain, name)
  return { app, drain, health, pulls, accounts, retention }
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
