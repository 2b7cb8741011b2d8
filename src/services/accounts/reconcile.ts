import type { BlobStore, StorageKey, UploadId, UploadStore } from '../../../storage/blobs/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import { batches } from '../batches.ts'
import { allDamagedBlobs } from '../integrity/pages.ts'

/**
 * One line that accounts for the disk, in bytes:
 * live + undo + waiting + trash + uploads − absent + difference = disk.
 */
export interface StorageLine {
  /** Blobs that manifests hold. */
  readonly live: number
  /** Blobs that only deleted manifests hold that can be revived, or what tag history keeps. */
  readonly undo: number
  /** Blobs nothing holds, until the collector takes them. */
  readonly waiting: number
  /** Objects on their way out. */
  readonly trash: number
  /** Unfinished uploads, and objects whose upload is just being finished. */
  readonly uploads: number
  /** What damaged blobs lack on the disk: their rows and manifests are there, the bytes are not. */
  readonly absent: number
  /** What lies on the disk: the objects and uploads that the stores list. */
  readonly disk: number
  /** 0 if nothing changed while it was looked at and nothing unknown is there. */
  readonly difference: number
  /** Files that nothing accounts for: a part of `disk`. The first {@link namedFiles} of them. */
  readonly unknown: readonly UnknownFile[]
  /** Bytes of manifests in the metadata that only deletions or tag history keep. */
  readonly undoManifestBytes: number
}

export interface UnknownFile {
  readonly what: 'object' | 'upload'
  /** Its storage key or upload id. */
  readonly name: string
  /** Bytes. */
  readonly size: number
}

/** As many unknown files are named; the rest is in the difference. */
export const namedFiles = 100

export interface ReconcileDeps {
  readonly metadata: Pick<MetadataStore, 'accounts' | 'integrity' | 'uploads'>
  readonly blobStore: Pick<BlobStore, 'list' | 'stat'>
  readonly uploadStore: Pick<UploadStore, 'list' | 'originOf' | 'stat'>
  /** How long tag history keeps what it names, milliseconds. */
  readonly historyKeep: number
  readonly now?: () => number
}

/** What lies on the disk. */
interface Found {
  bytes: number
  uploads: number
  readonly unknown: UnknownFile[]
}

/** Whose bytes a file's are: an upload's, those of a row that the metadata counts, or nobody's. */
type Owner = 'upload' | 'row' | 'nobody'

/** A file that was listed and is gone by now has no size. */
function note(
  found: Found,
  what: UnknownFile['what'],
  name: string,
  size: number | undefined,
  owner: Owner,
): void {
  if (size === undefined) return
  found.bytes += size
  if (owner === 'upload') found.uploads += size
  if (owner === 'nobody' && found.unknown.length < namedFiles)
    found.unknown.push({ what, name, size })
}

/** Uploads first, see `TrashTable`: one that is being committed has its row until the blob's is there. */
async function ownersOf(
  { metadata, uploadStore }: ReconcileDeps,
  keys: readonly StorageKey[],
): Promise<(key: StorageKey) => Owner> {
  const originOf = (key: StorageKey) => uploadStore.originOf(key) as UploadId
  const uploads = await metadata.uploads.known(keys.map(originOf))
  const known = await metadata.integrity.known(keys)
  return (key) => {
    if (known.has(key)) return 'row'
    return uploads.has(originOf(key)) ? 'upload' : 'nobody'
  }
}

async function walkObjects(deps: ReconcileDeps, found: Found, signal?: AbortSignal): Promise<void> {
  const { blobStore } = deps
  for await (const keys of batches(blobStore.list())) {
    signal?.throwIfAborted()
    const ownerOf = await ownersOf(deps, keys)
    for (const key of keys) note(found, 'object', key, await blobStore.stat(key), ownerOf(key))
  }
}

async function walkUploads({ metadata, uploadStore }: ReconcileDeps, found: Found): Promise<void> {
  for await (const ids of batches(uploadStore.list())) {
    const known = await metadata.uploads.known(ids)
    for (const id of ids) {
      const size = (await uploadStore.stat(id))?.size
      note(found, 'upload', id, size, known.has(id) ? 'upload' : 'nobody')
    }
  }
}

async function countAbsent({ metadata, blobStore }: ReconcileDeps): Promise<number> {
  let bytes = 0
  for await (const { key, size } of allDamagedBlobs(metadata.integrity)) {
    bytes += size - ((await blobStore.stat(key)) ?? 0)
  }
  return bytes
}

async function sizeOfAll(
  { blobStore }: ReconcileDeps,
  keys: readonly StorageKey[],
): Promise<number> {
  let bytes = 0
  for (const key of keys) bytes += (await blobStore.stat(key)) ?? 0
  return bytes
}

/**
 * Walks the disk and compares it with the accounts. As slow as listing every file, and gentle: one
 * after the other. What changes meanwhile shows as a difference.
 */
export async function reconcile(deps: ReconcileDeps, signal?: AbortSignal): Promise<StorageLine> {
  const { accounts } = deps.metadata
  const { now = Date.now, historyKeep } = deps
  const found: Found = { bytes: 0, uploads: 0, unknown: [] }
  await walkObjects(deps, found, signal)
  await walkUploads(deps, found)
  const { stored, manifestBytes } = await accounts.registry()
  const apart = await accounts.apart(now() - historyKeep)
  const { undo, waiting, undoManifestBytes } = apart
  const live = stored - manifestBytes - apart.history
  const trash = apart.trash + (await sizeOfAll(deps, apart.trashUnknown))
  const absent = await countAbsent(deps)
  const { bytes: disk, uploads, unknown } = found
  const difference = disk - (live + undo + waiting + trash + uploads - absent)
  const held = { live, undo, waiting, trash, uploads, absent }
  return { ...held, disk, difference, unknown, undoManifestBytes }
}
