import type { ManifestRecord, MetadataStore } from '../../../storage/metadata/store.ts'
import { isIndexType } from '../../oci/media-types.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { Reference, Tag } from '../../oci/reference.ts'
import { createAttribution } from './attribution.ts'
import { createBatch } from './batch.ts'

/** What was answered, so that it can be counted. Noting it takes no time, and never fails. */
export interface PullNotes {
  /** HEAD by tag; no pull, but one may follow by digest. */
  resolved(client: string, repository: RepositoryName, tag: Tag, found: ManifestRecord): void
  /** GET, answered with the manifest or with "you have it". */
  pulled(
    client: string,
    repository: RepositoryName,
    reference: Reference,
    found: ManifestRecord,
  ): void
}

/** Counts the pulls that this process answers. */
export interface Pulls extends PullNotes {
  /**
   * Writes what was noted since the last time. What can't be written is kept for the next time.
   * @throws the store's error.
   */
  flush(): Promise<void>
}

export interface PullDeps {
  readonly metadata: { readonly pulls: Pick<MetadataStore['pulls'], 'record' | 'indexesOf'> }
  /** Off: nothing is noted or written. */
  readonly enabled: boolean
  /** Told why a pull could not be attributed to a tag. */
  readonly onFailure: (error: unknown) => void
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Rows written in one transaction: a few milliseconds, for which requests wait. */
const partSize = 250

const nothing: Pulls = { resolved() {}, pulled() {}, async flush() {} }

function resolvedOf(tag: Tag, { digest, mediaType }: ManifestRecord) {
  return { tag, digest, isIndex: isIndexType(mediaType) }
}

export function createPulls({ metadata, enabled, onFailure, now = Date.now }: PullDeps): Pulls {
  if (!enabled) return nothing
  const batch = createBatch()
  const attribution = createAttribution({
    indexesOf: metadata.pulls.indexesOf,
    onPull: batch.tag,
    onFailure,
  })

  async function write(): Promise<void> {
    const parts = batch.take(partSize)
    for (const [index, part] of parts.entries()) {
      try {
        await metadata.pulls.record(part)
      } catch (error) {
        batch.putBack(parts.slice(index))
        throw error
      }
    }
  }

  let last: Promise<void> = Promise.resolve()
  return {
    resolved(client, repository, tag, found) {
      attribution.resolved(client, repository, resolvedOf(tag, found), now())
    },
    pulled(client, repository, reference, found) {
      const at = now()
      const { digest, mediaType } = found
      batch.manifest(repository, digest, at)
      // Whoever pulls an index pulls an image out of it next: that is one pull of the repository.
      batch.repository(repository, isIndexType(mediaType) ? 0 : 1, at)
      if (reference.tag === undefined) {
        attribution.fetched(client, repository, digest, at)
      } else {
        batch.tag(repository, reference.tag, at)
        attribution.counted(client, repository, resolvedOf(reference.tag, found), at)
      }
    },
    flush() {
      last = last.then(write, write)
      return last
    },
  }
}
