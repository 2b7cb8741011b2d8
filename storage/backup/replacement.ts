import { link, rename, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import Database from 'better-sqlite3'
import { unlessAbsent } from '../blobs/filesystem/absence.ts'
import type { Directories } from '../blobs/filesystem/directories.ts'
import { closeDatabase } from '../metadata/sqlite/database.ts'
import { timeInName } from '../snapshots/names.ts'
import { moveOver, removeFile, syncFile } from './durable.ts'
import type { Places } from './places.ts'

/** Whether there is anything in it: a first start that was killed may leave an empty file. */
export async function holdsBytes(file: string): Promise<boolean> {
  return ((await unlessAbsent(stat(file)))?.size ?? 0) > 0
}

/** Merges the WAL into the file, if the file is sound enough for that. */
function mergeWal(file: string): void {
  try {
    closeDatabase(new Database(file, { fileMustExist: true }))
  } catch {
    // What can't be merged is kept beside the file, as it was.
  }
}

/** A second name where the file system has such, so that the first one is never missing. */
async function keepAs(file: string, aside: string): Promise<void> {
  await link(file, aside).catch(() => rename(file, aside))
}

/**
 * Puts a finished metadata file in the place of the present one, which is kept as
 * `metadata.db.replaced-<time>`. There is an old or a new file at every moment, never one with the
 * WAL of the other. Whoever calls holds the data directory's lock.
 * @returns where the old one is now, `undefined` if there was none.
 */
export async function replaceMetadata(
  { root, metadata }: Places,
  directories: Directories,
  draft: string,
): Promise<string | undefined> {
  let aside: string | undefined
  await syncFile(draft)
  if (await holdsBytes(metadata)) {
    mergeWal(metadata)
    aside = `${metadata}.replaced-${timeInName(Date.now())}`
    await keepAs(metadata, aside)
  }
  const wal = `${metadata}-wal`
  if (await holdsBytes(wal)) await rename(wal, `${aside ?? `${metadata}.lost`}-wal`)
  await directories.sync(root)
  for (const rest of ['-wal', '-shm']) await removeFile(directories, metadata + rest)
  await moveOver(directories, draft, metadata)
  return aside && basename(aside)
}
