import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { alone, type Shared, type Sharing } from '../sharing.ts'
import type { BlobStore, UploadStore } from '../store.ts'
import { createBlobs } from './blobs.ts'
import { createContent } from './content.ts'
import { createDirectories, type Directories } from './directories.ts'
import { createLayout, type Layout } from './layout.ts'
import { createLiveHashes } from './live-hashes.ts'
import { createHashHere, createRunningHash, createWriter } from './running-hash.ts'
import { createSlabs } from './slabs.ts'
import { createStoreThreads } from './threads/threads.ts'
import { createUploads } from './uploads.ts'

export interface FilesystemOptions {
  /** The data directory; made if it is not there. Processes that share it must know each other. */
  readonly root: string
  /** The others; none when absent. */
  readonly sharing?: Sharing
}

export interface Filesystem extends Shared {
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
export async function createFilesystem({
  root,
  sharing = alone,
}: FilesystemOptions): Promise<Filesystem> {
  const path = resolve(root)
  const layout = createLayout(path)
  const directories = createDirectories(sharing.onUnsound)
  await directories.makeRoot(path)
  await directories.make(layout.blobs)
  await directories.make(layout.uploads)
  const [blobs, uploads] = await Promise.all([stat(layout.blobs), stat(layout.uploads)])
  if (blobs.dev !== uploads.dev) {
    throw new Error(`${layout.blobs} and ${layout.uploads} must be on one file system`)
  }
  return assemble(layout, directories, sharing)
}

/** The same over directories that are there, or are not: nothing is made or checked. */
export function openFilesystem({ root, sharing = alone }: FilesystemOptions): Filesystem {
  return assemble(createLayout(resolve(root)), createDirectories(sharing.onUnsound), sharing)
}

function assemble(layout: Layout, directories: Directories, sharing: Sharing): Filesystem {
  const slabs = createSlabs()
  const threads = createStoreThreads()
  const hashes = createLiveHashes((algorithm) => createRunningHash(algorithm, threads))
  const content = createContent({
    hashes,
    slabs,
    newHash: (algorithm) => createHashHere(algorithm, threads),
    takeHash: sharing.takeHash,
  })
  const newWriter = () => createWriter(threads)
  return {
    blobs: createBlobs({ layout, slabs, directories }),
    uploads: createUploads({ layout, hashes, newWriter, content, directories }),
    async takeHash(id, algorithm, size) {
      const hash = hashes.take(id, algorithm, size)
      const hex = size === 0 ? undefined : await hash?.digest()
      hash?.end()
      return hex
    },
    distrust: directories.distrust,
  }
}
