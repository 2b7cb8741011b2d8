import type { BlobStore, StorageKey, UploadId, UploadStore } from '../../storage/blobs/store.ts'
import type { BlobRecord, MetadataStore, UploadRecord } from '../../storage/metadata/store.ts'
import type { Digest } from '../oci/digest.ts'
import { OciError } from '../oci/errors.ts'
import { createDiscard, type Discard } from './discard.ts'
import { isFullDisk } from './disk-failure.ts'
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
   * @throws OciError DIGEST_INVALID, BLOB_UPLOAD_UNKNOWN; the upload is gone then. It is also gone if
   *   the disk had no room for the row, and its bytes are given back.
   */
  publish(upload: UploadRecord, digest: Digest): Promise<BlobRecord>
  readonly discard: Discard
}

export function createPublication(deps: PublicationDeps): Publication {
  const { metadata, uploadStore, blobStore, trust } = deps
  const discard = createDiscard(deps)

  /**
   * The row that should name an object was refused. On a full disk that is certain, and the object
   * goes, or it would keep the disk full. After any other failure the row may turn out to be there
   * when the registry starts anew, so the object stays until then.
   */
  async function takeBack(id: UploadId, key: StorageKey, refusal: unknown): Promise<never> {
    if (isFullDisk(refusal)) {
      const giveBack = async () => {
        await blobStore.delete(key)
        await metadata.uploads.remove(id)
      }
      // What is left is found by the next sweep: an upload without a file, an object without a row.
      await giveBack().catch(() => undefined)
    }
    throw refusal
  }

  /** What can't be removed now stays in the trash for the next sweep: the blob is stored all the same. */
  async function emptyTrash(key: StorageKey | undefined): Promise<void> {
    if (key === undefined) return
    const remove = async () => {
      await blobStore.delete(key)
      await metadata.trash.forget(key)
    }
    await remove().catch(() => undefined)
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
      const committed = await metadata.blobs
        .commit(upload, blob)
        .catch((refusal: unknown) => takeBack(upload.id, key, refusal))
      await emptyTrash(committed ? committed.replaced : key)
      if (!committed) throw new OciError('BLOB_UPLOAD_UNKNOWN')
      trust?.add(key, version)
      return blob
    },
  }
}
