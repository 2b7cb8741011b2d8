import type { BlobStore, StorageKey, UploadId, UploadStore } from '../../../storage/blobs/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import { batches } from '../batches.ts'
import type { CheckCounts, Finding } from './report.ts'

export interface ObjectCheckDeps {
  readonly metadata: Pick<MetadataStore, 'integrity' | 'uploads'>
  readonly blobStore: Pick<BlobStore, 'list' | 'stat' | 'quarantine'>
  readonly uploadStore: Pick<UploadStore, 'originOf'>
  /** Whether orphans are put aside. */
  readonly repair: boolean
}

/** Finds objects that no row names. */
export async function* checkObjects(
  { metadata, blobStore, uploadStore, repair }: ObjectCheckDeps,
  counts: CheckCounts,
): AsyncGenerator<Finding, void> {
  /** Uploads first, see `TrashTable`: one that is being committed has its row until the blob's is there. */
  async function strays(keys: readonly StorageKey[]): Promise<readonly StorageKey[]> {
    const origins = keys.map((key) => uploadStore.originOf(key) as UploadId)
    const uploads = await metadata.uploads.known(origins)
    const known = await metadata.integrity.known(keys)
    return keys.filter((key, n) => !known.has(key) && !uploads.has(origins[n] as UploadId))
  }

  for await (const keys of batches(blobStore.list())) {
    counts.objects += keys.length
    for (const key of await strays(keys)) {
      // What was listed and is gone by now was on its way out.
      const size = await blobStore.stat(key)
      if (size === undefined) continue
      if (repair) await blobStore.quarantine(key)
      const done = repair ? { repair: 'put aside' as const } : {}
      yield { what: 'object', problem: 'orphaned', key, size, ...done }
    }
  }
}
