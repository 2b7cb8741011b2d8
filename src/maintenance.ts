/**
 * What is done to a data directory besides serving from it: the commands' way to the drivers, as
 * `compose.ts` is the server's.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/schema.ts'
import { type BackupReport, createBackup } from '../storage/backup/create.ts'
import type { OnStep } from '../storage/backup/progress.ts'
import { type RebuildReport, rebuildMetadata } from '../storage/backup/rebuild.ts'
import { type RestoreReport, restoreBackup } from '../storage/backup/restore.ts'
import { openStores, openStoresForReading } from '../storage/open.ts'
import { refuseNothing } from './refuse-nothing.ts'
import type { CheckReport, Finding } from './services/check/report.ts'
import { runCheck } from './services/check/run.ts'
import {
  type GcOptions,
  type GcPreview,
  policyOf,
  previewItems,
} from './services/garbage/collector.ts'
import { storageTimes } from './storage-times.ts'

export type { BackupReport, CheckReport, Finding, GcPreview, OnStep, RebuildReport, RestoreReport }

/** What every task may be told. */
export interface TaskOptions {
  readonly onStep?: OnStep
}

export interface BackupTask extends TaskOptions {
  readonly directory: string
  /** No hard links. */
  readonly copy: boolean
  /** Of this Layerhouse. */
  readonly version: string
}

/** Copies the configured registry, whether or not it runs; see `storage/backup/create.ts`. */
export function backUp({ storage }: Config, task: BackupTask): Promise<BackupReport> {
  return createBackup({ root: storage.root, ...task })
}

export interface RestoreTask extends TaskOptions {
  readonly directory: string
  /** No hard links. */
  readonly copy: boolean
  /** Replace what is there. */
  readonly force: boolean
}

/** Brings a backup back; see `storage/backup/restore.ts`. */
export function restore({ storage }: Config, task: RestoreTask): Promise<RestoreReport> {
  return restoreBackup({ root: storage.root, ...task })
}

export interface RebuildTask extends TaskOptions {
  readonly snapshot?: string | undefined
  /** Replace metadata that is sound. */
  readonly force: boolean
  /** Told of each snapshot that can't be used, and why. */
  readonly onUnusable: (reason: string) => void
}

/** Makes lost metadata anew; see `storage/backup/rebuild.ts`. */
export function rebuild({ storage }: Config, task: RebuildTask): Promise<RebuildReport> {
  return rebuildMetadata({ root: storage.root, ...task })
}

export interface CheckTask extends TaskOptions {
  /** Take what is bad out of use; no registry may be running then. */
  readonly repair: boolean
}

/**
 * Verifies all that is stored, see `services/check/run.ts`. Without `repair` it only reads, also
 * beside a running registry.
 */
export async function check({ storage }: Config, task: CheckTask): Promise<CheckReport> {
  const { root } = storage
  const { repair, onStep } = task
  if (!existsSync(join(root, 'metadata.db'))) {
    throw new Error(`there is no registry's data in ${root}; name its directory with --root`)
  }
  const stores = await (repair ? openStores({ root }) : openStoresForReading({ root }))
  try {
    return await runCheck({
      ...stores,
      repair,
      onProgress: ({ blobs, bytes }) => onStep?.({ what: 'blobs', done: blobs, bytes }),
    })
  } finally {
    await stores.close()
  }
}

/** Tells what a collection would remove now; opens everything for reading alone. */
export async function previewGarbage(config: Config, options: GcOptions): Promise<GcPreview> {
  const { root } = config.storage
  refuseNothing(config)
  const stores = await openStoresForReading({ root, times: storageTimes(config) })
  try {
    const policy = policyOf(config.gc, options)
    return await stores.metadata.garbage.preview(policy, previewItems)
  } finally {
    await stores.close()
  }
}
