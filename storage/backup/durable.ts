import { open, rename, rm, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { unlessAbsent } from '../blobs/filesystem/absence.ts'
import type { Directories } from '../blobs/filesystem/directories.ts'
import type { Places } from './places.ts'

/** Waits until a file's bytes are on the disk. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Moves a file over another of the same file system, for good; its bytes must be on the disk. */
export async function moveOver(directories: Directories, from: string, to: string): Promise<void> {
  await rename(from, to)
  await directories.sync(dirname(to))
}

/** Replaces a small file: the old or the new text is there, whatever happens. */
export async function writeText(
  directories: Directories,
  path: string,
  text: string,
): Promise<void> {
  const draft = `${path}.new`
  const file = await open(draft, 'w', 0o640)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await moveOver(directories, draft, path)
}

/** Removes a file for good; no error if it is not there. */
export async function removeFile(directories: Directories, path: string): Promise<void> {
  await unlessAbsent(unlink(path))
  await directories.sync(dirname(path))
}

/** An empty `incoming` for `use`, without what a killed run left; it is gone afterwards. */
export async function withIncoming<Result>(
  { incoming }: Places,
  directories: Directories,
  use: (path: (name: string) => string) => Promise<Result>,
): Promise<Result> {
  await rm(incoming, { recursive: true, force: true })
  await directories.make(incoming)
  try {
    return await use((name) => join(incoming, name))
  } finally {
    await rm(incoming, { recursive: true, force: true })
  }
}
