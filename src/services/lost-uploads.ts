import type { BlobStore, StorageKey, UploadId, UploadStore } from '../../storage/blobs/store.ts'
import type { MetadataStore } from '../../storage/metadata/store.ts'
import { batches } from './batches.ts'
import type { KeyedLock } from './keyed-lock.ts'

export interface LostUploadDeps {
  readonly metadata: Pick<MetadataStore, 'uploads' | 'trash'>
  readonly uploadStore: Pick<UploadStore, 'stat' | 'originOf'>
  readonly blobStore: Pick<BlobStore, 'list'>
  /** The lock uploads work under. */
  readonly lock: KeyedLock
}

/**
 * Uploads with a row and without a file: they were published, but their commit never came. Nobody
 * can finish them, so their objects, which no row names, are found by their origin and thrown away.
 */
export interface LostUploads {
  /** Looks at uploads begun before `time`; says how many were lost. */
  settle(time: number): Promise<number>
}

export function createLostUploads(deps: LostUploadDeps): LostUploads {
  const { metadata, uploadStore, blobStore, lock } = deps

  async function find(before: number): Promise<ReadonlySet<UploadId>> {
    const lost = new Set<UploadId>()
    for (const { id } of await metadata.uploads.startedBefore(before, Number.MAX_SAFE_INTEGER)) {
      // Under its lock: while an upload is being finished, its file is gone before its row.
      const isLost = async () => !(await uploadStore.stat(id))
      if (!lock.isHeld(id) && (await lock.run(id, isLost))) lost.add(id)
    }
    return lost
  }

  async function trashObjectsOf(lost: ReadonlySet<UploadId>): Promise<void> {
    for await (const keys of batches(blobStore.list())) {
      const suspects = keys.filter((key) => lost.has(uploadStore.originOf(key) as UploadId))
      const used: ReadonlySet<StorageKey> = await metadata.trash.inUse(suspects)
      for (const key of suspects) if (!used.has(key)) await metadata.trash.add(key)
    }
  }

  return {
    async settle(time) {
      const lost = await find(time)
      if (lost.size > 0) await trashObjectsOf(lost)
      for (const id of lost) await metadata.uploads.remove(id)
      return lost.size
    },
  }
}
