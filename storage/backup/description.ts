import { readFile } from 'node:fs/promises'
import { unlessAbsent } from '../blobs/filesystem/absence.ts'
import type { Directories } from '../blobs/filesystem/directories.ts'
import type { Contents } from '../metadata/sqlite/contents.ts'
import { writeText } from './durable.ts'

/** The form of a backup that this code writes. */
const formatVersion = 1

/** `backup.json`. Its presence says that the backup is complete. */
export interface BackupDescription extends Contents {
  /** Of this form, not of Layerhouse. */
  readonly version: number
  /** The Layerhouse that made it. */
  readonly layerhouse: string
  /** Of the metadata. */
  readonly schema: number
  /** When the metadata was copied, ISO 8601 in UTC. */
  readonly createdAt: string
  /** Objects that the last run brought as hard links, as copies; those that were there before. */
  readonly linked: number
  readonly copied: number
  readonly kept: number
  /** Blobs that the registry itself had lost. */
  readonly missing: number
}

export function writeDescription(
  directories: Directories,
  file: string,
  description: Omit<BackupDescription, 'version'>,
): Promise<void> {
  const text = JSON.stringify({ version: formatVersion, ...description }, null, 2)
  return writeText(directories, file, `${text}\n`)
}

function parse(text: string): Partial<BackupDescription> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * `undefined` if there is none.
 * @throws Error if it is none of ours, or of a newer form.
 */
export async function readDescription(file: string): Promise<BackupDescription | undefined> {
  const text = await unlessAbsent(readFile(file, 'utf8'))
  if (text === undefined) return undefined
  const found = parse(text)
  if (typeof found?.version !== 'number' || typeof found.schema !== 'number') {
    throw new Error(`${file} is not written by layerhouse backup`)
  }
  if (found.version > formatVersion) {
    throw new Error(
      `${file} is written by a newer Layerhouse (${found.layerhouse}); use that version`,
    )
  }
  return found as BackupDescription
}
