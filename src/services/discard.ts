import type { UploadId, UploadStore } from '../../storage/blobs/store.ts'
import type { MetadataStore } from '../../storage/metadata/store.ts'
import { isFullDisk } from './disk-failure.ts'

export interface DiscardDeps {
  readonly metadata: { readonly uploads: Pick<MetadataStore['uploads'], 'remove'> }
  readonly uploadStore: Pick<UploadStore, 'abort'>
}

/** Removes an upload; called under its lock. */
export type Discard = (id: UploadId) => Promise<void>

/**
 * The row goes first, so that no row names a missing file. A full disk may have no room for that
 * change; then the bytes go all the same, or it would stay full, and the next sweep finds the row.
 */
export function createDiscard({ metadata, uploadStore }: DiscardDeps): Discard {
  return async (id) => {
    try {
      await metadata.uploads.remove(id)
    } catch (error) {
      if (!isFullDisk(error)) throw error
    }
    await uploadStore.abort(id)
  }
}
