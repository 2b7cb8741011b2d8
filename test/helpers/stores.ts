import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import type { Test } from 'tap'
import { type Algorithm, digestOf } from '../../src/oci/digest.ts'
import type {
  BlobStore,
  SealedBlob,
  StorageKey,
  UploadId,
  UploadStore,
} from '../../storage/blobs/store.ts'
import { inChunks } from './bytes.ts'

export interface Stores {
  readonly blobs: BlobStore
  readonly uploads: UploadStore
}

/** Two empty stores of one driver, and what a test needs beyond the contract. */
export interface Rig extends Stores {
  /** The same data as a process sees it that has just started. */
  reopen(): Promise<Stores>
  /** Shortens an object behind the store's back, as a broken disk might. */
  shorten(key: StorageKey, size: number): Promise<void>
  /** How many bytes `append` may take from a body before they are stored. */
  readonly collects: number
}

export type MakeStores = (t: Test) => Promise<Rig>

export function newUploadId(): UploadId {
  return randomUUID() as UploadId
}

export async function newUpload({ uploads }: Stores): Promise<UploadId> {
  const id = newUploadId()
  await uploads.create(id)
  return id
}

/** Stores `bytes` the way a push does. */
export async function storeBlob(
  stores: Stores,
  bytes: Buffer,
  algorithm: Algorithm = 'sha256',
): Promise<SealedBlob> {
  const id = await newUpload(stores)
  await stores.uploads.append(id, 0, inChunks(bytes), algorithm)
  const sealed = await stores.uploads.seal(id, digestOf(bytes, algorithm))
  if (sealed === undefined) throw new Error('the store says that the content has another digest')
  return sealed
}

/** How many files and sockets this process has open (Linux). */
export function countOpenFiles(): number {
  return readdirSync('/proc/self/fd').length
}
