import { stat, unlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { unlessAbsent } from '../blobs/filesystem/absence.ts'
import { createDirectories, type Directories } from '../blobs/filesystem/directories.ts'
import { keysIn, prefixes } from '../blobs/filesystem/fan-out.ts'
import { lockDirectory } from '../lock.ts'
import type { BlobObject } from '../metadata/sqlite/contents.ts'
import { type FrozenMetadata, freezeMetadata } from '../metadata/sqlite/frozen.ts'
import { createCollection } from './collect.ts'
import { type BackupDescription, writeDescription } from './description.ts'
import { moveOver, removeFile, withIncoming, writeText } from './durable.ts'
import { type Places, placesIn } from './places.ts'
import { createTally, type OnStep } from './progress.ts'
import { inspectTarget, refuseOverlap } from './target.ts'
import { createTransfer } from './transfer.ts'

export interface BackupOptions {
  /** The data directory; a registry may be running on it. */
  readonly root: string
  /** Where the backup is made or brought up to date. */
  readonly directory: string
  readonly copy: boolean
  /** The Layerhouse that runs. */
  readonly version: string
  readonly onStep?: OnStep
}

export interface BackupReport extends Omit<BackupDescription, 'version' | 'missing'> {
  readonly directory: string
  /** Whether an earlier backup was there. */
  readonly updated: boolean
  /** Objects the backup needs no more. */
  readonly removed: number
  /** Blobs that the registry itself has lost. */
  readonly missing: readonly BlobObject[]
}

interface Work extends BackupOptions {
  readonly source: Places
  readonly target: Places
  readonly directories: Directories
  readonly metadata: FrozenMetadata
  readonly updated: boolean
}

async function prune({ target, metadata, directories }: Work): Promise<number> {
  let removed = 0
  for (const prefix of prefixes) {
    const named: ReadonlySet<string> = new Set(metadata.blobs(prefix).map(({ key }) => key))
    const surplus = (await keysIn(target.blobs, prefix)).filter((key) => !named.has(key))
    for (const key of surplus) await unlink(join(target.blobs, key))
    if (surplus.length > 0) await directories.sync(join(target.blobs, prefix))
    removed += surplus.length
  }
  return removed
}

/**
 * At every moment the metadata in the target, old or new, finds all its objects there: objects only
 * come until the new metadata is in place, and go only afterwards. `backup.json` says that there was
 * such a moment; a run that is killed leaves at worst its numbers behind the times.
 */
async function fill(work: Work, incoming: (name: string) => string): Promise<BackupReport> {
  const { source, target, directories, metadata, copy, onStep, directory, updated } = work
  await directories.make(target.blobs)
  const transfer = createTransfer({ directories, copy, incoming: target.incoming })
  const tally = createTally(metadata.contents().blobs, onStep)
  const collection = createCollection({ source, target, copy, transfer, metadata, tally })
  await collection.gather()
  const createdAt = (await collection.complete()).toISOString()
  const draft = incoming('metadata.db')
  await metadata.copy(draft, ({ copied, total }) =>
    onStep?.({ what: 'metadata', bytes: copied, totalBytes: total }),
  )
  const missing = await collection.check()
  await transfer.settle()
  // Left by whoever looked into the backup, they would be taken for the new file's.
  for (const rest of ['-wal', '-shm']) await removeFile(directories, target.metadata + rest)
  await moveOver(directories, draft, target.metadata)
  const { linked, copied, kept } = tally
  const summary = {
    layerhouse: work.version,
    schema: metadata.schema,
    createdAt,
    ...metadata.contents(),
    ...{ linked, copied, kept },
  }
  await writeDescription(directories, target.description, { ...summary, missing: missing.length })
  await removeFile(directories, target.backupMark)
  return { directory, updated, ...summary, removed: await prune(work), missing }
}

/**
 * Makes a consistent copy of a registry that may be running, without its help and without its lock,
 * or brings an earlier copy up to date.
 * @throws Error if there is no registry, or the directory can't be used.
 */
export async function createBackup(options: BackupOptions): Promise<BackupReport> {
  const source = placesIn(resolve(options.root))
  const target = placesIn(resolve(options.directory))
  if ((await unlessAbsent(stat(source.metadata))) === undefined) {
    throw new Error(`there is no registry in ${source.root}: it has no metadata.db`)
  }
  await refuseOverlap(source.root, target.root)
  const updated = (await inspectTarget(target)) !== undefined
  const directories = createDirectories()
  await directories.makeRoot(target.root)
  const unlock = lockDirectory(
    target.root,
    `another Layerhouse works on ${target.root}; let it end`,
  )
  try {
    const metadata = freezeMetadata(source.metadata)
    try {
      // Before anything else is there: a run that is killed from now on can be run again.
      if (!updated) await writeText(directories, target.backupMark, 'not complete: run it again\n')
      return await withIncoming(target, directories, (incoming) =>
        fill({ ...options, source, target, directories, metadata, updated }, incoming),
      )
    } finally {
      metadata.close()
    }
  } finally {
    unlock()
  }
}
