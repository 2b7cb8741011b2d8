import type { BlobStore, StorageKey, UploadId, UploadStore } from '../../storage/blobs/store.ts'
import type { BlobRecord, MetadataStore, UploadRecord } from '../../storage/metadata/store.ts'
import type { Digest } from '../oci/digest.ts'
import { OciError } from '../oci/errors.ts'
import type { Trust } from './integrity/trust.ts'

export interface PublicationDeps {
  readonly metadata: Pick<MetadataStore, 'blobs' | 'uploads' | 'trash'>
  readonly uploadStore: UploadStore
  readonly blobStore: Pick<BlobStore, 'delete'>
  /** Told that what was pushed need not be checked again when it is pulled. */
  readonly trust?: Pick<Trust, 'add'>
}

/** How an upload ends; called under its lock. */
export interface Publication {
  /**
   * Makes the upload a blob of its repository: bytes first, durably, then the row that names them.
   * @throws OciError DIGEST_INVALID, BLOB_UPLOAD_UNKNOWN; the upload is gone then.
   */
  publish(upload: UploadRecord, digest: Digest): Promise<BlobRecord>
  /** The row first, so that no row names a missing file. */
  discard(id: UploadId): Promise<void>
}

export function createPublication(deps: PublicationDeps): Publication {
  const { metadata, uploadStore, blobStore, trust } = deps

  async function discard(id: UploadId): Promise<void> {
    await metadata.uploads.remove(id)
    await uploadStore.abort(id)
  }

  /** What can't be removed now stays in the trash for the next sweep: the blob is stored all the same. */
  async function emptyTrash(key: StorageKey | undefined): Promise<void> {
    if (key === undefined) return
    const removed = await blobStore.delete(key).then(
      () => true,
      () => false,
    )
    if (removed) await metadata.trash.forget(key)
  }

  return {
    discard,
    async publish(upload, digest) {
      const sealed = await uploadStore.seal(upload.id, digest)
      if (!sealed) {
        await discard(upload.id)
        throw new OciError('DIGEST_INVALID', {
          message: 'the uploaded content has another digest; upload it again',
          detail: { digest },
        })
      }
      const { key, size, version } = sealed
      const blob = { digest, key, size }
      const committed = await metadata.blobs.commit(upload, blob)
      await emptyTrash(committed ? committed.replaced : key)
      if (!committed) throw new OciError('BLOB_UPLOAD_UNKNOWN')
      trust?.add(key, version)
      return blob
    },
  }
}
