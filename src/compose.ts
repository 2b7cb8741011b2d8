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
  /** See `MainSignIn`. */
  forgetEnded(): Promise<number>
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

function keysOf({ auth }: Config, { keyStore }: Pick<Stores, 'keyStore'>): KeyKeeper | undefined {
  if (auth.mode === 'none') return undefined
  return createKeyKeeper({ store: keyStore, rotation: auth.keyRotation })
}

/** Looks after the content, in this process alone. */
function createKeepers(
  config: Config,
  logger: FastifyBaseLogger,
  { metadata, blobStore, uploadStore, snapshotStore, ...stores }: Stores,
  { note, onChecked }: Hub,
) {
  const lock = createKeyedLock()
  const turns = note(createUploadTurns({ lock }))
  const { expireAfter } = config.uploads
  const content = { metadata, blobStore, uploadStore }
  const housekeeping = createHousekeeping({ ...content, lock, turns, expireAfter })
  return {
    turns,
    housekeeping,
    snapshots: createSnapshots({ metadata, snapshotStore, ...config.snapshots }),
    integrity: createIntegrity({
      ...stores,
      ...content,
      ...config.integrity,
      ...integrityLog(logger),
      onChecked,
    }),
    collector: createCollector({
      ...content,
      emptyTrash: housekeeping.emptyTrash,
      policy: { untagged: config.gc.untagged },
      keepRuns: config.gc.keepRuns,
      keepMoves: config.history.record,
      onLost: (blobs) => logger.error({ blobs }, 'blobs that nothing holds were not in the queue'),
    }),
    activity: wireActivity(config, logger, metadata),
    allowances: createAllowances(config.limits),
    keys: keysOf(config, stores),
    operator: createOperator(stores.operatorStore),
  }
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
  const { metadata, shared } = stores
  const keepers = createKeepers(config, logger, stores, hub)
  const { turns, integrity, collector, allowances, keys, operator, activity } = keepers
  const signIn = composeSignIn(config, logger, { metadata: stores.metadata, activity })
  try {
    await adopt(metadata)
    await metadata.pulls.counting(config.pulls.enabled)
    await recover(keepers.housekeeping, collector, logger)
    await keys?.keep()
    const { isOperator } = operator
    const answering = wire(config, logger, { ...stores, ...keepers, ...signIn, isOperator })
    const parts = { ...answering, ...signIn, metadata, turns, integrity, shared, collector }
    hub.attach({ ...parts, allowances })
    const settle = () => Promise.all([integrity.settle(), signIn.settleSignIn()])
    const close = async () => {
      await settle().finally(stores.close)
    }
    const storageDays = createStorageDays({ metadata, accounts: answering.accounts })
    const unadopted = () => findUnadopted(root, metadata)
    return { ...keepers, ...signIn, ...answering, storageDays, hub, unadopted, close }
  } catch (error) {
    await stores.close()
    throw error
  }
}
