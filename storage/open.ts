import { join } from 'node:path'
import { createFilesystem, openFilesystem } from './blobs/filesystem/create.ts'
import type { BlobStore, UploadStore } from './blobs/store.ts'
import { lockDirectory } from './lock.ts'
import { openSqlite, openSqliteForReading } from './metadata/sqlite/open.ts'
import type { MetadataStore } from './metadata/store.ts'

export interface Stores {
  readonly metadata: MetadataStore
  readonly blobStore: BlobStore
  readonly uploadStore: UploadStore
  /** Closes all of them, and gives the directory free. */
  close(): Promise<void>
}

export interface StorageOptions {
  /** The data directory; made if it is not there. */
  readonly root: string
}

/**
 * Opens what the configuration names: the only place that knows which drivers there are.
 *
 *     <root>/lock          held by the server that works here
 *     <root>/metadata.db   repositories, manifests, tags, rights
 *     <root>/blobs/        content, by digest
 *     <root>/uploads/      content on its way in
 *
 * @throws Error if another process works on the directory, or it can't be used; nothing stays open.
 */
export async function openStores({ root }: StorageOptions): Promise<Stores> {
  // First, because it makes the directory, and its name durable; it touches nothing that is there.
  const { blobs, uploads } = await createFilesystem({ root })
  const unlock = lockDirectory(root)
  try {
    const metadata = openSqlite({ file: join(root, 'metadata.db') })
    const close = () => metadata.close().finally(unlock)
    return { metadata, blobStore: blobs, uploadStore: uploads, close }
  } catch (error) {
    unlock()
    throw error
  }
}

/**
 * The same stores to look at, also while a server works there: nothing is locked, and whatever writes
 * rejects.
 * @throws Error if there is no metadata, or it has another schema than this code.
 */
export async function openStoresForReading({ root }: StorageOptions): Promise<Stores> {
  const { blobs, uploads } = openFilesystem({ root })
  const metadata = openSqliteForReading({ file: join(root, 'metadata.db') })
  return { metadata, blobStore: blobs, uploadStore: uploads, close: metadata.close }
}
