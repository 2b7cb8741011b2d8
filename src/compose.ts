import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../config/schema.ts'
import type { MetadataStore } from '../storage/metadata/store.ts'
import { openStores, type Stores } from '../storage/open.ts'
import { findUnadopted } from './adoption.ts'
import { composeSignIn } from './compose-sign-in.ts'
import { readPoliciesFile } from './policies/file.ts'
import { createStorageDays, type StorageDays } from './services/accounts/days.ts'
import { createAllowances } from './services/allowances/allowances.ts'
import { diskFailureOf } from './services/disk-failure.ts'
import { type Collector, createCollector } from './services/garbage/collector.ts'
import { createHousekeeping, type Housekeeping } from './services/housekeeping.ts'
import type { MountedHtpasswd } from './services/htpasswd/mounted.ts'
import { createIntegrity, type Integrity } from './services/integrity/create.ts'
import { createKeyedLock } from './services/keyed-lock.ts'
import { createOperator, type Operator } from './services/operator.ts'
import { adoptPolicies } from './services/policies/documents.ts'
import type { SetUp } from './services/set-up/create.ts'
import { createSnapshots, type Snapshots } from './services/snapshots.ts'
import { createKeyKeeper, type KeyKeeper } from './services/tokens/keys.ts'
import { createUploadTurns } from './services/upload-turns.ts'
import { storageTimes } from './storage-times.ts'
import { type Answering, integrityLog, wire } from './wire.ts'
import { wireActivity } from './wire-activity.ts'
import { createHub, type Hub } from './workers/main/hub.ts'

/** A registry, wired and recovered, that does not listen yet. */
export interface Registry extends Answering {
  readonly housekeeping: Housekeeping
  readonly integrity: Integrity
  readonly snapshots: Snapshots
  readonly collector: Collector
  readonly storageDays: StorageDays
  /** What tokens are signed with, where clients have to sign in. */
  readonly keys: KeyKeeper | undefined
  /** What shows that somebody can read the data directory. */
  readonly operator: Operator
  readonly setUp: SetUp
  readonly htpasswd: MountedHtpasswd
  /** Where workers join. */
  readonly hub: Hub
  /** What to say of another registry's content that lies there and is not here; see `adoption.ts`. */
  unadopted(): Promise<string | undefined>
  /** Closes the stores; only after `app` is closed, for requests under way still need them. */
  close(): Promise<void>
}

/** What a full or failing disk lets nobody remove is no reason not to serve what is there. */
async function recover(
  housekeeping: Housekeeping,
  collector: Collector,
  logger: FastifyBaseLogger,
): Promise<void> {
  try {
    const recovered = await housekeeping.recover()
    await collector.recover()
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

/** A file of rules is read before anything is opened: a mistake in it leaves all as it was. */
function readPolicies({ policies: { file } }: Config) {
  const rules = file === undefined ? undefined : readPoliciesFile(file)
  return async (metadata: MetadataStore): Promise<void> => {
    if (file !== undefined && rules) await adoptPolicies(metadata, file, rules)
  }
}

function keysOf({ auth }: Config, { keyStore }: Stores): KeyKeeper | undefined {
  if (auth.mode === 'none') return undefined
  return createKeyKeeper({ store: keyStore, rotation: auth.keyRotation })
}

/**
 * Opens the stores the configuration names and wires the services to them.
 * Throws if the data directory can't be used, or the file of rules is wrong; nothing stays open then.
 */
export async function compose(config: Config, logger: FastifyBaseLogger): Promise<Registry> {
  const adopt = readPolicies(config)
  const hub = createHub()
  const { root } = config.storage
  const stores = await openStores({ root, sharing: hub.sharing, times: storageTimes(config) })
  const { metadata, blobStore, uploadStore, snapshotStore, shared } = stores
  const keys = keysOf(config, stores)
  const operator = createOperator(stores.operatorStore)
  const lock = createKeyedLock()
  const turns = hub.note(createUploadTurns({ lock }))
  const housekeeping = createHousekeeping({
    metadata,
    uploadStore,
    blobStore,
    lock,
    turns,
    expireAfter: config.uploads.expireAfter,
  })
  const snapshots = createSnapshots({ metadata, snapshotStore, ...config.snapshots })
  const integrity = createIntegrity({
    ...stores,
    ...config.integrity,
    ...integrityLog(logger),
    onChecked: hub.onChecked,
  })
  const collector = createCollector({
    ...stores,
    emptyTrash: housekeeping.emptyTrash,
    policy: { untagged: config.gc.untagged },
    keepRuns: config.gc.keepRuns,
    keepMoves: config.history.record,
    onLost: (blobs) => logger.error({ blobs }, 'blobs that nothing holds were not in the queue'),
  })
  const activity = wireActivity(config, logger, metadata)
  const signIn = composeSignIn(config, logger, { metadata, activity })
  const allowances = createAllowances(config.limits)
  try {
    await adopt(metadata)
    await metadata.pulls.counting(config.pulls.enabled)
    await recover(housekeeping, collector, logger)
    await keys?.keep()
    const answering = wire(config, logger, {
      ...stores,
      activity,
      turns,
      integrity,
      collector,
      allowances,
      keys,
      isOperator: operator.isOperator,
      ...signIn,
    })
    const parts = { ...answering, ...signIn, metadata, turns, integrity, shared, collector }
    hub.attach({ ...parts, allowances })
    const settle = () => Promise.all([integrity.settle(), signIn.settleSignIn()])
    const close = async () => {
      await settle().finally(stores.close)
    }
    const storageDays = createStorageDays({ metadata, accounts: answering.accounts })
    const keepers = { housekeeping, integrity, snapshots, collector, storageDays, keys }
    const unadopted = () => findUnadopted(root, metadata)
    const { setUp, htpasswd } = signIn
    return { ...answering, ...keepers, setUp, htpasswd, operator, hub, unadopted, close }
  } catch (error) {
    await stores.close()
    throw error
  }
}
