import type { BlobStore, Damage, StorageKey } from '../../../storage/blobs/store.ts'
import type { BlobRecord, MetadataStore } from '../../../storage/metadata/store.ts'
import type { Digest } from '../../oci/digest.ts'

/** For a log: something was found damaged, or well again. */
export interface IntegrityEvent {
  readonly digest: Digest
  readonly key: StorageKey
  /** Absent when it was found to be sound after all. */
  readonly damage?: Damage
}

export interface QuarantineDeps {
  readonly metadata: Pick<MetadataStore, 'integrity'>
  readonly blobStore: Pick<BlobStore, 'quarantine'>
  readonly onEvent?: (event: IntegrityEvent) => void
}

/** Takes bad blobs out of use, so that the next push heals them, and lets good ones back in. */
export interface Quarantine {
  /** Marks the blob at once. False if it was replaced in the meantime: then all is well. */
  suspect(blob: BlobRecord, damage: Damage): Promise<boolean>
  /**
   * Marks the blob and puts its object aside, if that can be read and is wrong. What can't be read
   * stays where it is: the disk may come back.
   */
  condemn(blob: BlobRecord, damage: Damage): Promise<boolean>
  /** Takes the mark away. */
  acquit(blob: BlobRecord): Promise<boolean>
}

/** What was read and is not what it should be; the rest may be the disk's fault. */
export function isCertain(damage: Damage): boolean {
  return damage === 'wrong size' || damage === 'wrong content'
}

export function createQuarantine(deps: QuarantineDeps): Quarantine {
  const { blobStore, onEvent } = deps
  const { integrity } = deps.metadata

  async function suspect({ digest, key }: BlobRecord, damage: Damage): Promise<boolean> {
    const marked = await integrity.markBlob(digest, key, damage)
    if (marked) onEvent?.({ digest, key, damage })
    return marked
  }

  return {
    suspect,
    async condemn(blob, damage) {
      // The row first: nobody may be sent to an object that is on its way out.
      if (!(await suspect(blob, damage))) return false
      if (isCertain(damage)) await blobStore.quarantine(blob.key)
      return true
    },
    async acquit({ digest, key }) {
      const cleared = await integrity.clearBlob(digest, key)
      if (cleared) onEvent?.({ digest, key })
      return cleared
    },
  }
}
