import { randomUUID } from 'node:crypto'
import type { Body, UploadId, UploadStore } from '../../storage/blobs/store.ts'
import type { MetadataStore } from '../../storage/metadata/store.ts'
import type { Actor } from '../oci/actor.ts'
import { type Algorithm, algorithmOf, type Digest } from '../oci/digest.ts'
import type { RepositoryName } from '../oci/name.ts'
import type { Quotas } from './quotas/create.ts'
import type { Room } from './room.ts'

export interface StagedContent {
  readonly id: UploadId
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
}

/**
 * Content that comes before it is known which repository it belongs to. It is an upload without a
 * row: nobody can address it, no quota counts it, and a crash leaves nothing, for the next start
 * removes files that no row knows. With its row it becomes an upload like any other.
 */
export interface Staging {
  /** @throws OciError UNAVAILABLE if the disk has too little room left. Nothing is left if it fails. */
  take(bytes: Body, algorithm: Algorithm): Promise<StagedContent>
  /**
   * Makes it an upload of a repository, to be finished or cancelled there.
   * @throws OciError DENIED if a quota of the repository is used up.
   */
  adopt(staged: Pick<StagedContent, 'id' | 'digest'>, to: RepositoryName, by: Actor): Promise<void>
  /** Removes what was not adopted. */
  drop(id: UploadId): Promise<void>
}

export interface StagingDeps {
  readonly uploadStore: Pick<UploadStore, 'create' | 'append' | 'digest' | 'abort'>
  readonly metadata: { readonly uploads: Pick<MetadataStore['uploads'], 'create'> }
  readonly room: Pick<Room, 'admit'>
  readonly quotas: Pick<Quotas, 'admit'>
}

export function createStaging({ uploadStore, metadata, room, quotas }: StagingDeps): Staging {
  return {
    async take(bytes, algorithm) {
      await room.admit()
      const id = randomUUID() as string as UploadId
      await uploadStore.create(id)
      try {
        const { size } = await uploadStore.append(id, 0, bytes, algorithm)
        return { id, size, digest: await uploadStore.digest(id, algorithm) }
      } catch (error) {
        await uploadStore.abort(id).catch(() => undefined)
        throw error
      }
    },
    async adopt({ id, digest }, repository, { client }) {
      await quotas.admit(repository)
      await metadata.uploads.create({ id, repository, algorithm: algorithmOf(digest), client })
    },
    drop: (id) => uploadStore.abort(id),
  }
}
