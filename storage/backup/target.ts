import { readdir, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { hasCode, unlessAbsent } from '../blobs/filesystem/absence.ts'
import { type BackupDescription, readDescription } from './description.ts'
import type { Places } from './places.ts'

/** What a killed first run, or a new file system, may have left in a directory that counts as empty. */
const noContent: ReadonlySet<string> = new Set(['lock', 'backup.incomplete.new', 'lost+found'])

/** A path without links, though its end may not be there yet. */
async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (!hasCode(error, 'ENOENT') || dirname(path) === path) throw error
    return join(await realPlace(dirname(path)), basename(path))
  }
}

function isWithin(path: string, directory: string): boolean {
  const way = relative(directory, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** @throws Error if one of the two lies in the other. */
export async function refuseOverlap(root: string, directory: string): Promise<void> {
  const [data, backup] = await Promise.all(
    [root, directory].map((path) => realPlace(resolve(path))),
  )
  if (data === undefined || backup === undefined) return
  if (!isWithin(data, backup) && !isWithin(backup, data)) return
  throw new Error(`a backup can't lie in the data directory, or around it: ${directory}`)
}

/**
 * What a backup would bring up to date: an earlier one, or `undefined` for a new or empty directory
 * and for a first backup that was cut off.
 * @throws Error if something else is there.
 */
export async function inspectTarget(target: Places): Promise<BackupDescription | undefined> {
  const earlier = await readDescription(target.description)
  if (earlier !== undefined) return earlier
  const names = (await unlessAbsent(readdir(target.root))) ?? []
  const begun = names.includes(basename(target.backupMark))
  if (begun || names.every((name) => noContent.has(name))) return undefined
  throw new Error(
    `${target.root} holds something else than a backup; choose a new or empty directory, or that of an earlier backup`,
  )
}
