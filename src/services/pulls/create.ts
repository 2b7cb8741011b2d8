import type { ManifestRecord, MetadataStore } from '../../../storage/metadata/store.ts'
import { isIndexType } from '../../oci/media-types.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { Reference, Tag } from '../../oci/reference.ts'
import { createAttribution } from './attribution.ts'
import { createBatch } from './batch.ts'
import { createJunction } from './junction.ts'
import { ownCopy } from './own-copy.ts'
import { machineTime, type Step } from './step.ts'
import { createTrail, type SendSteps } from './trail.ts'

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
  /** Steps of clients that came to another process. */
  follow(steps: readonly Step[]): void
  /**
   * Writes what was counted since the last time. What can't be written is kept for the next time.
   * @throws the store's error.
   */
  flush(): Promise<void>
  /** Before the end: sends what is to be sent, attributes all that has come, and writes it. */
  finish(): Promise<void>
}

export interface PullDeps {
  readonly metadata: { readonly pulls: Pick<MetadataStore['pulls'], 'record' | 'indexesOf'> }
  /** Off: nothing is noted or written. */
  readonly enabled: boolean
  /** Takes this process's steps to the one that attributes; without it this one does. */
  readonly send?: SendSteps | undefined
  /** Told why a pull could not be attributed to a tag. */
  readonly onFailure: (error: unknown) => void
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Rows written in one transaction: a few milliseconds, for which requests wait. */
const partSize = 250

const nothing: Pulls = {
  resolved() {},
  pulled() {},
  follow() {},
  async flush() {},
  async finish() {},
}

/** Without what its texts are parts of. */
function copyStep({ kind, client, repository, tag, digest, isIndex, at }: Step): Step {
  return {
    kind,
    client: ownCopy(client),
    repository: ownCopy(repository),
    tag: tag === undefined ? undefined : ownCopy(tag),
    digest,
    isIndex,
    at,
  }
}

export function createPulls({
  metadata,
  enabled,
  send,
  onFailure,
  now = Date.now,
}: PullDeps): Pulls {
  if (!enabled) return nothing
  const batch = createBatch()
  const { follow } = createAttribution({
    indexesOf: metadata.pulls.indexesOf,
    onPull: (repository, tag, at) =>
      batch.tag(repository, tag, Math.round(now() - machineTime() + at)),
  })
  const junction = createJunction({ follow, onFailure, clock: machineTime })
  const trail = createTrail(send ?? (async (steps) => junction.add(steps.map(copyStep))), onFailure)

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
  function flush(): Promise<void> {
    last = last.then(write, write)
    return last
  }

  return {
    resolved(client, repository, tag, { digest, mediaType }) {
      if (!trail.admits(client)) return
      const isIndex = isIndexType(mediaType)
      trail.note({ kind: 'resolved', client, repository, tag, digest, isIndex, at: machineTime() })
    },
    pulled(client, repository, { tag }, { digest, mediaType }) {
      const time = now()
      const isIndex = isIndexType(mediaType)
      batch.manifest(repository, digest, time)
      // Whoever pulls an index pulls an image out of it next: that is one pull of the repository.
      batch.repository(repository, isIndex ? 0 : 1, time)
      if (tag !== undefined) batch.tag(repository, tag, time)
      if (!trail.admits(client)) return
      const kind = tag === undefined ? 'fetched' : 'pulled'
      trail.note({ kind, client, repository, tag, digest, isIndex, at: machineTime() })
    },
    follow: junction.add,
    flush,
    async finish() {
      await trail.settle()
      await junction.settle()
      await flush()
    },
  }
}
