import { randomUUID } from 'node:crypto'
import type { Body, UploadId } from '../../storage/blobs/store.ts'
import type { BlobRecord, UploadRecord } from '../../storage/metadata/store.ts'
import type { Actor } from '../oci/actor.ts'
import { type Algorithm, algorithmOf, type Digest } from '../oci/digest.ts'
import { OciError } from '../oci/errors.ts'
import type { RepositoryName } from '../oci/name.ts'
import type { ByteRange } from '../oci/range.ts'
import { diskFailureOf } from './disk-failure.ts'
import { exactly } from './exactly.ts'
import { Interruption } from './interruption.ts'
import { createKeyedLock } from './keyed-lock.ts'
import { createPublication, type PublicationDeps } from './publication.ts'
import type { Room } from './room.ts'
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
  readonly body: Body
  /** From `Content-Range`; without it the body goes to the end. */
  readonly range?: ByteRange | undefined
  /** Bytes, as announced; `undefined` if the client does not know it before. */
  readonly length?: number | undefined
  /** The body while it comes, if others may end it. */
  readonly incoming?: IncomingBody
}

/**
 * Uploads in progress (distribution-spec "Pushing blobs"). An upload belongs to its repository:
 * through another it is unknown; to other accounts than its owner's, too: see `expectOwner`. Work on one upload is done strictly in order of arrival, but for
 * bodies that stand still: see `UploadTurns`.
 *
 * All methods but `start` throw OciError BLOB_UPLOAD_UNKNOWN; those with a chunk RANGE_INVALID if it
 * does not begin where the upload ends (nothing changes; see {@link WrongPlaceError}), SIZE_INVALID if its body is longer or
 * shorter than its range (nothing changes), UNAVAILABLE before anything is read if it is longer than
 * there is room. If the disk fails meanwhile, the upload is cut back to what it was.
 */
export interface Uploads {
  /** @throws OciError UNAVAILABLE if the disk has too little room left for new uploads. */
  start(repository: RepositoryName, by: Actor, algorithm?: Algorithm): Promise<UploadProgress>
  /** While a body is coming, what is stored of it; when that stands still, it is ended first. */
  progress(repository: RepositoryName, id: UploadId): Promise<UploadProgress>
  /** If the body breaks off, what arrived is kept: `progress` tells. */
  append(repository: RepositoryName, id: UploadId, chunk: Chunk): Promise<UploadProgress>
  /**
   * Appends the last chunk, if any, checks the content and publishes it durably.
   * If the body breaks off, or the content can't be published, the upload is as it was before, so
   * that the request can be repeated; only where the disk failed it may be gone.
   * @throws OciError DIGEST_INVALID if the content has another digest; the upload is then gone.
   */
  finish(
    repository: RepositoryName,
    id: UploadId,
    digest: Digest,
    chunk?: Chunk,
  ): Promise<BlobRecord>
  /** Resolves if the account began the upload, or nobody did that said who they are. */
  expectOwner(repository: RepositoryName, id: UploadId, name: string | undefined): Promise<void>
  /** Ends a body that is coming; its request fails with BLOB_UPLOAD_UNKNOWN. */
  cancel(repository: RepositoryName, id: UploadId): Promise<void>
}

export interface UploadDeps extends PublicationDeps {
  /** Shared with housekeeping, which must not touch an upload at work. */
  readonly turns?: Pick<UploadTurns, 'take' | 'takeToRemove' | 'settle'>
  readonly room: Pick<Room, 'admit' | 'fit'>
}

interface OpenUpload {
  readonly record: UploadRecord
  readonly size: number
}

/** A chunk that does not begin where its upload ended when it was its turn: at `size` bytes. */
export class WrongPlaceError extends OciError {
  readonly size: number

  constructor(size: number) {
    super('RANGE_INVALID', {
      message: `the upload has ${size} bytes; the next chunk must begin there`,
      detail: { size },
    })
    this.size = size
  }
}

function refuseWrongPlace(range: ByteRange | undefined, size: number): void {
  if (range && range.start !== size) throw new WrongPlaceError(size)
}

function createOpen({ metadata, uploadStore }: UploadDeps) {
  return async (repository: RepositoryName, id: UploadId): Promise<OpenUpload> => {
    const record = await metadata.uploads.find(repository, id)
    const stat = record && (await uploadStore.stat(id))
    if (!stat) throw new OciError('BLOB_UPLOAD_UNKNOWN')
    return { record, size: stat.size }
  }
}

function createExpectOwner({ metadata }: UploadDeps): Uploads['expectOwner'] {
  return async (repository, id, name) => {
    const found = await metadata.uploads.find(repository, id)
    if (found?.owner === undefined || found.owner === name) return
    throw new OciError('BLOB_UPLOAD_UNKNOWN')
  }
}

export function createUploads(deps: UploadDeps): Uploads {
  const { metadata, uploadStore, room } = deps
  const { turns = createUploadTurns({ lock: createKeyedLock() }) } = deps
  const { discard, publish } = createPublication(deps)
  const open = createOpen(deps)

  /** As far as the disk lets it: the error that brought us here is the one to tell. */
  async function cutBack({ record, size }: OpenUpload): Promise<void> {
    await uploadStore.truncate(record.id, size).catch(() => undefined)
  }

  /**
   * Writes a chunk to the end. If its client breaks off, what arrived stays where `keepPart` says so;
   * after any refusal, and if the disk fails, the upload is cut back to what it was.
   */
  async function write(
    upload: OpenUpload,
    { body, range, length: announced }: Chunk,
    options: { readonly algorithm: Algorithm; readonly keepPart: boolean },
  ): Promise<number> {
    const { record, size } = upload
    refuseWrongPlace(range, size)
    await room.fit(announced ?? 0)
    const length = range && range.end - range.start + 1
    const exact = length === undefined ? body : exactly(body, length)
    try {
      return (await uploadStore.append(record.id, size, exact, options.algorithm)).size
    } catch (error) {
      const refused = error instanceof OciError && !(error instanceof Interruption)
      const failed = diskFailureOf(error) !== undefined
      if (refused || failed || !options.keepPart) await cutBack(upload)
      throw error
    }
  }

  return {
    async start(repository, { client, name: owner }, algorithm = 'sha256') {
      await room.admit()
      const id = randomUUID() as string as UploadId
      await uploadStore.create(id)
      try {
        await metadata.uploads.create({ id, repository, algorithm, client, owner })
      } catch (error) {
        await uploadStore.abort(id).catch(() => undefined)
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
        try {
          return await publish(upload.record, digest)
        } catch (error) {
          await cutBack(upload)
          throw error
        }
      }
      return turns.take(id, work, chunk?.incoming)
    },
    expectOwner: createExpectOwner(deps),
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
