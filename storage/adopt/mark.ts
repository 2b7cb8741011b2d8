import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeFile, writeText } from '../backup/durable.ts'
import { unlessAbsent } from '../blobs/filesystem/absence.ts'
import { createDirectories } from '../blobs/filesystem/directories.ts'

/** Lies in a data directory while it adopts, and stays if that is cut off; holds what is adopted. */
const markOf = (root: string) => join(root, 'adopt.incomplete')

export async function markAdoption(root: string, directory: string): Promise<void> {
  await writeText(createDirectories(), markOf(root), `${directory}\n`)
}

export async function unmarkAdoption(root: string): Promise<void> {
  await removeFile(createDirectories(), markOf(root))
}

/** The directory that was being adopted, if that was cut off. */
export async function readAdoptionMark(root: string): Promise<string | undefined> {
  return (await unlessAbsent(readFile(markOf(root), 'utf8')))?.trim()
}
