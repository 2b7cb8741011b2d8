import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Config } from '../config/schema.ts'
import type { BlobStore, UploadStore } from '../storage/blobs/store.ts'
import type { MetadataStore } from '../storage/metadata/store.ts'
import { buildApp } from './app.ts'
import { createAuthentication } from './authentication.ts'
import { packageVersion } from './package-version.ts'
import { createDrain, type Drain } from './plugins/drain.ts'
import type { About } from './services/about.ts'
import { type Accounts, createAccounts } from './services/accounts/create.ts'
import type { ActivityKeeper } from './services/activity/create.ts'
import type { Allowances } from './services/allowances/allowances.ts'
import { type ArchiveDeps, type Archives, createArchives } from './services/archives/create.ts'
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
import { createPasswords, type Passwords } from './services/passwords/create.ts'
import { createPolicyDocuments } from './services/policies/documents.ts'
import { createPulls, type PullDeps, type Pulls } from './services/pulls/create.ts'
import { createQuotas } from './services/quotas/create.ts'
import { limitMounts, limitUploads } from './services/quotas/limit.ts'
import { createReferrers } from './services/referrers.ts'
import { createRetention, type Retention } from './services/retention/create.ts'
import { createPullTimes } from './services/retention/pull-times.ts'
import { createRoom, type Room } from './services/room.ts'
import { createSessions } from './services/sessions/create.ts'
import type { SetUp } from './services/set-up/create.ts'
import { createSignIn, type ProcessSignIn } from './services/sign-in/create.ts'
import type { SignIn } from './services/sign-in/sign-in.ts'
import { createStaging, type StagingDeps } from './services/staging.ts'
import type { Keys } from './services/tokens/keys.ts'
import { createUploads, type UploadDeps } from './services/uploads.ts'
import { storageTimes } from './storage-times.ts'
import { wireManagement } from './wire-management.ts'

/** What answers requests in one process, and does not listen. */
export interface Answering {
  readonly app: FastifyInstance
  readonly drain: Drain
  readonly health: Health
  readonly pulls: Pulls
  readonly accounts: Accounts
  readonly retention: Retention
  readonly activity: ActivityKeeper
  readonly signIn: ProcessSignIn
}

export interface WireDeps {
  readonly metadata: MetadataStore
  readonly activity: ActivityKeeper
  readonly blobStore: BlobStore
  readonly uploadStore: UploadStore
  readonly turns: NonNullable<UploadDeps['turns']>
  readonly integrity: Pick<Integrity, 'trust' | 'reads'>
  /** One for the registry; the main process has it. */
  readonly allowances: Allowances
  /** Collects garbage, in the main process. */
  readonly collector: Pick<Collector, 'run' | 'preview'>
  /** Checks passwords, in the main process. */
  readonly passwordSignIn: SignIn
  /** Makes hashes of new passwords; without it this process does so by itself. */
  readonly passwords?: Passwords
  /** What tokens are signed with; absent where nobody has to sign in. */
  readonly keys?: Keys | undefined
  /** Whether a secret is the one in the data directory. */
  readonly isOperator?: ((secret: string) => boolean) | undefined
  /** Knows the set-up code, in the main process. */
  readonly setUp: Pick<SetUp, 'claim'>
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

function wireRetention(logger: FastifyBaseLogger, { metadata }: WireDeps): Retention {
  return createRetention({
    metadata,
    pulls: createPullTimes(metadata),
    onFailure: (repository, error) => logger.error({ err: error, repository }, 'retention failed'),
  })
}

/** What finds out who asks. */
function wireSignIn(
  { auth }: Config,
  logger: FastifyBaseLogger,
  deps: WireDeps,
  activity: ActivityKeeper,
) {
  const { metadata, passwordSignIn, setUp, passwords = createPasswords() } = deps
  const signIn = createSignIn({
    ...metadata,
    activity,
    passwordSignIn,
    onFailure: (error) => logger.error({ err: error }, 'uses of tokens could not be noted'),
  })
  const sessions = createSessions({
    ...metadata,
    lifetime: auth.sessionLifetime,
    onFailure: (error) => logger.error({ err: error }, 'a session could not be prolonged'),
  })
  return { signIn, sessions, setUp, passwords }
}

function authenticationOf(
  config: Config,
  logger: FastifyBaseLogger,
  { metadata, keys, isOperator = () => false }: WireDeps,
  people: ReturnType<typeof wireSignIn> & { readonly activity: ActivityKeeper },
) {
  if (keys === undefined) return undefined
  return createAuthentication(config, logger, { ...people, metadata, keys, isOperator })
}

function archivesOf(
  { manifests: { maxReferences } }: Config,
  deps: Omit<ArchiveDeps, 'staging' | 'maxReferences'> & StagingDeps,
): Archives {
  return createArchives({ ...deps, staging: createStaging(deps), maxReferences })
}

function ownHealth(
  logger: FastifyBaseLogger,
  { metadata, blobStore }: WireDeps,
  { isAnnounced: isStopping }: Drain,
  room: Room,
): Health {
  const onFailure = (error: unknown) => logger.error({ err: error }, 'a readiness probe failed')
  return createHealth({ isStopping, room, metadata, blobStore, onFailure })
}

function wirePulls({ pulls }: Config, logger: FastifyBaseLogger, deps: WireDeps): Pulls {
  return createPulls({
    metadata: deps.metadata,
    enabled: pulls.enabled,
    send: deps.sendSteps,
    onFailure: (error) => logger.error({ err: error }, 'a pull could not be attributed to a tag'),
  })
}

/** Wires services to stores, and the application to the services: the same in each process. */
export function wire(config: Config, logger: FastifyBaseLogger, deps: WireDeps): Answering {
  const { metadata, activity, blobStore, uploadStore, turns, name, isOperator } = deps
  const { trust, reads } = deps.integrity
  const drain = createDrain()
  const room = createRoom({ uploadStore, minFree: config.storage.minFree })
  const health = deps.health ?? ownHealth(logger, deps, drain, room)
  const quotas = createQuotas({ metadata })
  const retention = wireRetention(logger, deps)
  const people = wireSignIn(config, logger, deps, activity)
  const uploads = createUploads({ metadata, uploadStore, blobStore, turns, room, trust })
  const content = { metadata, blobStore, uploadStore }
  const parts = {
    ...{ metadata, room, quotas },
    blobs: limitMounts(createBlobs({ metadata, reads }), quotas),
    listing: createListing({ metadata }),
    manifests: createManifests({ metadata, policy: config.manifests }),
  }
  const services = {
    activity,
    ...parts,
    about: aboutOf(config),
    allowances: deps.allowances,
    archives: archivesOf(config, { ...parts, uploadStore, uploads }),
    accounts: createAccounts({ ...content, historyKeep: config.history.keep }),
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
    pulls: wirePulls(config, logger, deps),
    policies: createPolicyDocuments({ metadata, file: config.policies.file }),
    referrers: createReferrers({ metadata }),
    retention,
    ...wireManagement({ ...people, metadata, activity, isOpen: deps.keys === undefined }),
    uploads: limitUploads(uploads, quotas),
  }
  const { pulls, accounts } = services
  const authentication = authenticationOf(config, logger, deps, { ...people, activity })
  const app = buildApp(config, services, logger, drain, { name, authentication, isOperator })
  const { signIn } = people
  app.addHook('onClose', async () => {
    await signIn.settle()
    await activity.flush()
  })
  return { app, activity, drain, health, pulls, accounts, retention, signIn }
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
