import { join, resolve } from 'node:path'
import { copyMetadata } from './backup/copy-metadata.ts'
import { openSound, refuseLostMetadata } from './backup/guard.ts'
import { placesIn } from './backup/places.ts'
import { holdsBytes } from './backup/replacement.ts'
import { createFilesystem, openFilesystem } from './blobs/filesystem/create.ts'
import type { Shared, Sharing } from './blobs/sharing.ts'
import type { BlobStore, UploadStore } from './blobs/store.ts'
import { createKeyFile } from './keys/file.ts'
import type { KeyStore } from './keys/store.ts'
import { lockDirectory } from './lock.ts'
import { splitMetadata } from './metadata/split/split.ts'
import type { MetadataWrite } from './metadata/split/writes.ts'
import { openSqlite, openSqliteForReading, type SqliteOptions } from './metadata/sqlite/open.ts'
import type { MetadataStore } from './metadata/store.ts'
import { refuseLink } from './real-directory.ts'
import { createSnapshotDirectory } from './snapshots/directory.ts'
import type { SnapshotStore } from './snapshots/store.ts'

export interface Stores {
  readonly metadata: MetadataStore
  readonly blobStore: BlobStore
  readonly uploadStore: UploadStore
  readonly snapshotStore: SnapshotStore
  /** What tokens are signed with. */
  readonly keyStore: KeyStore
  /** What the command line shows a running registry. */
  readonly operatorStore: KeyStore
  /** For the other processes that work here. */
  readonly shared: Shared
  /** Closes all of them, and gives the directory free. */
  close(): Promise<void>
}

export interface StorageOptions {
  /** The data directory; made if it is not there. */
  readonly root: string
  /** Other processes of the same registry that work there, too. */
  readonly sharing?: Sharing
  /** How long content is kept; see `SqliteOptions`. */
  readonly times?: Pick<SqliteOptions, 'graceMs' | 'keepMs'>
}

function secretsIn(root: string): Pick<Stores, 'keyStore' | 'operatorStore'> {
  const at = (name: string) => createKeyFile(join(resolve(root), 'keys', name))
  return { keyStore: at('tokens.json'), operatorStore: at('operator') }
}

/** Where the command line finds what it shows a running registry. */
export function openOperatorStore(root: string): Pick<KeyStore, 'read'> {
  return secretsIn(root).operatorStore
}

/**
 * Opens what the configuration names: the only place that knows which drivers there are.
 *
 *     <root>/lock          held by the server that works here
 *     <root>/metadata.db   repositories, manifests, tags, rights
 *     <root>/blobs/        content, by digest
 *     <root>/uploads/      content on its way in
 *     <root>/snapshots/    copies of the metadata
 *     <root>/keys/         what tokens are signed with, and what the command line shows
 *
 * @throws Error if another process works on the directory, its metadata is lost or damaged, or it
 *   can't be used; nothing stays open.
 */
export async function openStores(options: StorageOptions): Promise<Stores> {
  await refuseLink(options.root)
  // First, because it makes the directory, and its name durable; it touches nothing that is there.
  const { root, times } = options
  const { blobs, uploads, ...shared } = await createFilesystem(options)
  const places = placesIn(resolve(root))
  const unlock = lockDirectory(root)
  try {
    await refuseLostMetadata(places, blobs)
    const metadata = openSound(places, () => openSqlite({ file: places.metadata, ...times }))
    const snapshotStore = createSnapshotDirectory({ directory: places.snapshots, metadata })
    const close = () => metadata.close().finally(unlock)
    const content = { blobStore: blobs, uploadStore: uploads, shared }
    return { ...content, metadata, snapshotStore, ...secretsIn(root), close }
  } catch (error) {
    unlock()
    throw error
  }
}

/** What can be looked at beside a running server. */
export type StoresToRead = Omit<Stores, 'snapshotStore' | 'keyStore' | 'operatorStore' | 'shared'>

/**
 * The same stores to look at, also while a server works there: nothing is locked, and whatever writes
 * rejects.
 * @throws Error if there is no metadata, it is damaged, or it has another schema than this code.
 */
export async function openStoresForReading({
  root,
  times,
}: Pick<StorageOptions, 'root' | 'times'>): Promise<StoresToRead> {
  const { blobs, uploads } = openFilesystem({ root })
  const places = placesIn(resolve(root))
  const metadata = openSound(places, () =>
    openSqliteForReading({ file: places.metadata, ...times }),
  )
  return { metadata, blobStore: blobs, uploadStore: uploads, close: metadata.close }
}

/**
 * Metadata to try things on: a copy of what a data directory holds, or new, in `scratch`, a directory
 * of the caller's. Nothing of the data directory is changed, also while a server works there.
 */
export async function openScratch(
  { root, times }: Pick<StorageOptions, 'root' | 'times'>,
  scratch: string,
): Promise<Pick<Stores, 'metadata' | 'close'>> {
  const { metadata: present } = placesIn(resolve(root))
  const file = join(scratch, 'metadata.db')
  if (await holdsBytes(present)) await copyMetadata(present, file)
  const metadata = openSqlite({ file, ...times })
  return { metadata, close: metadata.close }
}

export interface SharedStorageOptions extends Required<StorageOptions> {
  /** Has a write done by the process that opened the stores with `openStores`; see `performWrite`. */
  readonly send: (write: MetadataWrite) => Promise<unknown>
}

/** What a process works with that shares the stores of another. */
export type SharedStores = Omit<Stores, 'snapshotStore'>

/**
 * The stores of a registry that another process has open and keeps locked: content is read and
 * written here, metadata only read; that process writes it.
 * @throws Error if they can't be opened.
 */
export function openSharedStores(options: SharedStorageOptions): SharedStores {
  const { root, sharing, times, send } = options
  const { blobs, uploads, ...shared } = openFilesystem({ root, sharing })
  const reader = openSqliteForReading({ file: placesIn(resolve(root)).metadata, ...times })
  const metadata = splitMetadata(reader, send)
  const content = { blobStore: blobs, uploadStore: uploads, shared }
  return { ...content, metadata, ...secretsIn(root), close: reader.close }
}
