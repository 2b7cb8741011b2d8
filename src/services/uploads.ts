import { randomUUID } from 'node:crypto'
import type { BlobStore, UploadId, UploadStore } from '../../storage/blobs/store.ts'
import type { BlobRecord, MetadataStore, UploadRecord } from '../../storage/metadata/store.ts'
import { type Algorithm, algorithmOf, type Digest } from '../oci/digest.ts'
import { OciError } from '../oci/errors.ts'
import type { RepositoryName } from '../oci/name.ts'
import type { ByteRange } from '../oci/range.ts'
import { exactly } from './exactly.ts'
import { isFullDisk } from './full-disk.ts'
import { Interruption } from './interruption.ts'
import { createKeyedLock } from './keyed-lock.ts'
import { createPublication } from './publication.ts'
import { createUploadTurns, type IncomingBody, type UploadTurns } from './upload-turns.ts'

export type { IncomingBody, UploadId }

/** How far an upload has come. */
export interface UploadProgress {
  readonly id: UploadId
  readonly repository: RepositoryName
  /** Bytes so far. */
  readonly size: number
}

/** The body of one request and where it says it belongs. */
export interface Chunk {
  readonly body: AsyncIterable<Buffer>
  /** From `Content-Range`; without it the body goes to the end. */
  readonly range?: ByteRange | undefined
  /** The body while it comes, if others may end it. */
  readonly incoming?: IncomingBody
}

/**
 * Uploads in progress (distribution-spec "Pushing blobs"). An upload belongs to its repository:
 * through another it is unknown. Work on one upload is done strictly in order of arrival, but for
 * bodies that stand still: see `UploadTurns`.
 *
 * All methods but `start` throw OciError BLOB_UPLOAD_UNKNOWN; those with a chunk RANGE_INVALID if it
 * does not begin where the upload ends (nothing changes), SIZE_INVALID if its body is longer or
 * shorter than its range (nothing changes).
 */
export interface Uploads {
  start(repository: RepositoryName, algorithm?: Algorithm): Promise<UploadProgress>
  /** While a body is coming, what is stored of it; when that stands still, it is ended first. */
  progress(repository: RepositoryName, id: UploadId): Promise<UploadProgress>
  /** If the body breaks off, what arrived is kept: `progress` tells. */
  append(repository: RepositoryName, id: UploadId, chunk: Chunk): Promise<UploadProgress>
  /**
   * Appends the last chunk, if any, checks the content and publishes it durably.
   * If the body breaks off, the upload is as it was before, so that the request can be repeated.
   * @throws OciError DIGEST_INVALID if the content has another digest; the upload is then gone.
   */
  finish(
    repository: RepositoryName,
    id: UploadId,
    digest: Digest,
    chunk?: Chunk,
  ): Promise<BlobRecord>
  /** Ends a body that is coming; its request fails with BLOB_UPLOAD_UNKNOWN. */
  cancel(repository: RepositoryName, id: UploadId): Promise<void>
}

export interface UploadDeps {
  readonly metadata: Pick<MetadataStore, 'blobs' | 'uploads' | 'trash'>
  readonly uploadStore: UploadStore
  readonly blobStore: Pick<BlobStore, 'delete'>
  /** Shared with housekeeping, which must not touch an upload at work. */
  readonly turns?: UploadTurns
}

interface OpenUpload {
  readonly record: UploadRecord
  readonly size: number
}

function refuseWrongPlace(range: ByteRange | undefined, size: number): void {
  if (!range || range.start === size) return
  throw new OciError('RANGE_INVALID', {
    message: `the upload has ${size} bytes; the next chunk must begin there`,
    detail: { size },
  })
}

export function createUploads(deps: UploadDeps): Uploads {
  const { metadata, uploadStore } = deps
  const { turns = createUploadTurns({ lock: createKeyedLock() }) } = deps
  const { discard, publish } = createPublication(deps)

  async function open(repository: RepositoryName, id: UploadId): Promise<OpenUpload> {
    const record = await metadata.uploads.find(repository, id)
    const stat = record && (await uploadStore.stat(id))
    if (!stat) throw new OciError('BLOB_UPLOAD_UNKNOWN')
    return { record, size: stat.size }
  }

  /**
   * Writes a chunk to the end. If its client breaks off, what arrived stays where `keepPart` says so;
   * after any refusal, and on a full disk, the upload is cut back to what it was.
   */
  async function write(
    { record, size }: OpenUpload,
    { body, range }: Chunk,
    options: { readonly algorithm: Algorithm; readonly keepPart: boolean },
  ): Promise<number> {
    refuseWrongPlace(range, size)
    const length = range && range.end - range.start + 1
    const exact = length === undefined ? body : exactly(body, length)
    try {
      return (await uploadStore.append(record.id, size, exact, options.algorithm)).size
    } catch (error) {
      const refused = error instanceof OciError && !(error instanceof Interruption)
      if (refused || isFullDisk(error) || !options.keepPart)
        await uploadStore.truncate(record.id, size)
      throw error
    }
  }

  return {
    async start(repository, algorithm = 'sha256') {
      const id = randomUUID() as string as UploadId
      await uploadStore.create(id)
      try {
        await metadata.uploads.create({ id, repository, algorithm })
      } catch (error) {
        await uploadStore.abort(id)
        throw error
      }
      return { id, repository, size: 0 }
    },
    async progress(repository, id) {
      await open(repository, id)
      await turns.settle(id)
      const { size } = await open(repository, id)
      return { id, repository, size }
    },
    append(repository, id, chunk) {
      const work = async () => {
        const upload = await open(repository, id)
        const { algorithm } = upload.record
        const size = await write(upload, chunk, { algorithm, keepPart: true })
        return { id, repository, size }
      }
      return turns.take(id, work, chunk.incoming)
    },
    finish(repository, id, digest, chunk) {
      const work = async () => {
        const upload = await open(repository, id)
        const algorithm = algorithmOf(digest)
        if (chunk) await write(upload, chunk, { algorithm, keepPart: false })
        return publish(upload.record, digest)
      }
      return turns.take(id, work, chunk?.incoming)
    },
    cancel(repository, id) {
      // Through another repository nothing is ended.
      const check = () => open(repository, id)
      return turns.takeToRemove(id, check, async () => {
        await open(repository, id)
        await discard(id)
      })
    },
  }
}
