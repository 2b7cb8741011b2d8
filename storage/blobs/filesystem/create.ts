import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { BlobStore, UploadStore } from '../store.ts'
import { createBlobs } from './blobs.ts'
import { createDirectories, type Directories } from './directories.ts'
import { createLayout, type Layout } from './layout.ts'
import { createSlabs } from './slabs.ts'
import { createUploads } from './uploads.ts'

export interface FilesystemOptions {
  /** The data directory; made if it is not there. One process at a time may use it. */
  readonly root: string
}

export interface Filesystem {
  readonly blobs: BlobStore
  readonly uploads: UploadStore
}

/**
 * Opens the file-system driver, see `layout.ts` for what lies where.
 *
 * What it promises rests on POSIX: a synced file in a synced directory survives a power cut, and
 * `rename` within a file system is all or nothing.
 * @throws Error if the directories can't be made, or don't share a file system.
 */
export async function createFilesystem({ root }: FilesystemOptions): Promise<Filesystem> {
  const path = resolve(root)
  const layout = createLayout(path)
  const directories = createDirectories()
  await directories.makeRoot(path)
  await directories.make(layout.blobs)
  await directories.make(layout.uploads)
  const [blobs, uploads] = await Promise.all([stat(layout.blobs), stat(layout.uploads)])
  if (blobs.dev !== uploads.dev) {
    throw new Error(`${layout.blobs} and ${layout.uploads} must be on one file system`)
  }
  return assemble(layout, directories)
}

/** The same over directories that are there, or are not: nothing is made or checked. */
export function openFilesystem({ root }: FilesystemOptions): Filesystem {
  return assemble(createLayout(resolve(root)), createDirectories())
}

function assemble(layout: Layout, directories: Directories): Filesystem {
  const options = { layout, slabs: createSlabs(), directories }
  return { blobs: createBlobs(options), uploads: createUploads(options) }
}
