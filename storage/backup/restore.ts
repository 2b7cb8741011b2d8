import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { hasCode, unlessAbsent } from '../blobs/filesystem/absence.ts'
import { createDirectories, type Directories } from '../blobs/filesystem/directories.ts'
import { keysIn, prefixes } from '../blobs/filesystem/fan-out.ts'
import { lockDirectory, type Unlock } from '../lock.ts'
import type { BlobObject, Contents } from '../metadata/sqlite/contents.ts'
import { type MetadataDraft, openDraft } from '../metadata/sqlite/draft.ts'
import { migrations } from '../metadata/sqlite/migrations/all.ts'
import { copyMetadata } from './copy-metadata.ts'
import { type BackupDescription, readDescription } from './description.ts'
import { removeFile, withIncoming, writeText } from './durable.ts'
import { type Places, placesIn } from './places.ts'
import { createTally, type OnStep, type Tally } from './progress.ts'
import { holdsBytes, replaceMetadata } from './replacement.ts'
import { findUnfit } from './sizes.ts'
import { inSlices } from './slices.ts'
import { refuseOverlap } from './target.ts'
import { createTransfer, type Transfer } from './transfer.ts'

export interface RestoreOptions {
  /** The backup. */
  readonly directory: string
  /** The data directory; made if it is not there. */
  readonly root: string
  readonly copy: boolean
  /** Replace the metadata that is there. */
  readonly force: boolean
  readonly onStep?: OnStep
}

export interface RestoreReport extends Contents {
  readonly root: string
  /** When the backup was made, ISO 8601. */
  readonly createdAt: string
  readonly linked: number
  readonly copied: number
  /** Objects that were there already. */
  readonly kept: number
  /** The name of the metadata that was replaced, in the data directory. */
  readonly replaced: string | undefined
  /** Blobs without an object of the right size. */
  readonly missing: readonly BlobObject[]
}

async function readBackup(backup: Places): Promise<BackupDescription> {
  const description = await readDescription(backup.description)
  if (description === undefined) {
    const begun = await unlessAbsent(stat(backup.backupMark))
    throw new Error(
      begun
        ? `the backup in ${backup.root} was cut off; run "layerhouse backup" again`
        : `there is no backup in ${backup.root}: it has no backup.json`,
    )
  }
  if (description.schema <= migrations.length) return description
  throw new Error(
    `${backup.root} was made by a newer Layerhouse (${description.layerhouse}); restore it with that version`,
  )
}

/** Nobody may prune the backup meanwhile. Where nothing can be written, nobody will. */
function lockBackup(backup: Places): Unlock {
  try {
    return lockDirectory(backup.root, `a backup to ${backup.root} is running; let it end`)
  } catch (error) {
    const readOnly = ['SQLITE_CANTOPEN', 'SQLITE_READONLY', 'SQLITE_READONLY_DIRECTORY']
    if (!readOnly.some((code) => hasCode(error, code))) throw error
    return () => undefined
  }
}

async function holdsObjects({ blobs }: Places): Promise<boolean> {
  for (const prefix of prefixes) if ((await keysIn(blobs, prefix)).length > 0) return true
  return false
}

/** A restore that was cut off may be run again; once there is metadata, only by force. */
async function refuseToReplace(data: Places, force: boolean): Promise<void> {
  if (force) return
  const names = (await unlessAbsent(readdir(data.root))) ?? []
  const metadata = await holdsBytes(data.metadata)
  const begun = names.some((name) => join(data.root, name) === data.restoreMark)
  if (!metadata && (begun || !(await holdsObjects(data)))) return
  throw new Error(
    `${data.root} holds ${metadata ? 'a registry' : 'blobs'} already; choose another directory with --root, or replace what is there with --force`,
  )
}

interface Work extends RestoreOptions {
  readonly backup: Places
  readonly data: Places
  readonly directories: Directories
  readonly description: BackupDescription
}

async function bringObjects(
  { backup, data, copy }: Work,
  draft: MetadataDraft,
  transfer: Transfer,
  tally: Tally,
): Promise<readonly BlobObject[]> {
  const missing: BlobObject[] = []
  for (const prefix of prefixes) {
    const rows = draft.blobs(prefix)
    if (rows.length > 0) transfer.keep(join(data.blobs, prefix))
    const wanted = new Set(await findUnfit(data.blobs, rows))
    for (const row of rows) if (!wanted.has(row)) tally.add('kept', 0)
    await inSlices([...wanted], copy ? 2 : 32, async ({ key, size }) => {
      const placed = await transfer.place(join(backup.blobs, key), join(data.blobs, key))
      if (placed !== undefined) tally.add(placed, size)
    })
    missing.push(...(await findUnfit(data.blobs, rows)))
  }
  return missing
}

async function fill(work: Work, incoming: (name: string) => string): Promise<RestoreReport> {
  const { backup, data, directories, description, onStep } = work
  const file = incoming('metadata.db')
  await copyMetadata(backup.metadata, file)
  const draft = openDraft(file, backup.metadata)
  const transfer = createTransfer({ directories, copy: work.copy, incoming: data.incoming })
  const contents = draft.contents()
  const tally = createTally(contents.blobs, onStep)
  let missing: readonly BlobObject[]
  try {
    await directories.make(data.blobs)
    await directories.make(data.uploads)
    await writeText(directories, data.restoreMark, `${backup.root}: run it again\n`)
    missing = await bringObjects(work, draft, transfer, tally)
  } finally {
    draft.close()
  }
  await transfer.settle()
  const replaced = await replaceMetadata(data, directories, file)
  await removeFile(directories, data.restoreMark)
  const { linked, copied, kept } = tally
  const { createdAt } = description
  return { root: data.root, createdAt, ...contents, linked, copied, kept, replaced, missing }
}

/**
 * Makes a data directory what a backup holds: first all objects, then, in one step, the metadata. A
 * registry does not start on it before, unless it held one that was to be replaced.
 * @throws Error if there is no complete backup, a registry is running there, or one is kept there and
 *   `force` is not given.
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreReport> {
  const backup = placesIn(resolve(options.directory))
  const data = placesIn(resolve(options.root))
  const description = await readBackup(backup)
  await refuseOverlap(data.root, backup.root)
  const directories = createDirectories()
  await directories.makeRoot(data.root)
  const unlock = lockDirectory(data.root)
  try {
    await refuseToReplace(data, options.force)
    const unlockBackup = lockBackup(backup)
    try {
      return await withIncoming(data, directories, (incoming) =>
        fill({ ...options, backup, data, directories, description }, incoming),
      )
    } finally {
      unlockBackup()
    }
  } finally {
    unlock()
  }
}
