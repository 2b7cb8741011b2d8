import type { BlobRecord, FoundBlob, MetadataStore } from '../../storage/metadata/store.ts'
import type { Actor } from '../oci/actor.ts'
import type { Digest } from '../oci/digest.ts'
import { OciError } from '../oci/errors.ts'
import type { RepositoryName } from '../oci/name.ts'
import type { ByteRange } from '../oci/range.ts'
import type { BlobContent, Reads } from './integrity/reads.ts'

export type { BlobContent, BlobRecord }

/** Content of a repository. All methods see only what the repository has a right to. */
export interface Blobs {
  /** @throws OciError BLOB_UNKNOWN */
  find(repository: RepositoryName, digest: Digest): Promise<BlobRecord>
  /** The same; whoever asks may refer to the blob, for the grace from now on. @throws OciError BLOB_UNKNOWN */
  promise(repository: RepositoryName, digest: Digest): Promise<BlobRecord>
  /** The bytes, or a part of them. @throws OciError BLOB_UNKNOWN if the object is lost or spoiled. */
  open(repository: RepositoryName, blob: BlobRecord, range?: ByteRange): Promise<BlobContent>
  /** Gives `to` the blob of `from`, or of anyone; `undefined` where that can't be. */
  mount(
    digest: Digest,
    to: RepositoryName,
    from?: RepositoryName,
    by?: Actor,
  ): Promise<BlobRecord | undefined>
  /** Takes the blob out of the repository. @throws OciError BLOB_UNKNOWN */
  remove(repository: RepositoryName, digest: Digest, by?: Actor): Promise<void>
}

function unknown(digest: Digest): OciError {
  return new OciError('BLOB_UNKNOWN', { detail: { digest } })
}

export function createBlobs(stores: {
  readonly metadata: Pick<MetadataStore, 'blobs' | 'renew'>
  readonly reads: Reads
}): Blobs {
  const { metadata, reads } = stores

  /**
   * A push of the same content may have put another object in its place since it was looked up, and
   * again since then. The object is missing only if the row still names it.
   */
  async function open(
    repository: RepositoryName,
    blob: BlobRecord,
    range?: ByteRange,
  ): Promise<BlobContent> {
    const bytes = await reads.open(blob, range)
    if (bytes) return bytes
    metadata.renew()
    const now = await metadata.blobs.find(repository, blob.digest)
    if (!now || now.key === blob.key) throw unknown(blob.digest)
    return open(repository, now, range)
  }

  async function find(repository: RepositoryName, digest: Digest): Promise<FoundBlob> {
    const blob = await metadata.blobs.find(repository, digest)
    if (!blob) throw unknown(digest)
    return blob
  }

  return {
    find,
    async promise(repository, digest) {
      const found = await find(repository, digest)
      if (!found.expiring) return found
      const leased = await metadata.blobs.lease(repository, digest)
      if (!leased) throw unknown(digest)
      return leased
    },
    open,
    mount: (digest, to, from, by) => metadata.blobs.mount(digest, to, from, by),
    async remove(repository, digest, by) {
      if (!(await metadata.blobs.unlink(repository, digest, by))) throw unknown(digest)
    },
  }
}
