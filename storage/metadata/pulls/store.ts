import type { Digest } from '../../../src/oci/digest.ts'
import type { RepositoryName } from '../../../src/oci/name.ts'
import type { Tag } from '../../../src/oci/reference.ts'

/** How often something was pulled, and when last. Times are milliseconds since 1970. */
export interface PullCount {
  readonly pulls: number
  readonly lastPulledAt: number
}

export interface TagPulls extends PullCount {
  readonly repository: RepositoryName
  readonly tag: Tag
}

export interface ManifestPulls extends PullCount {
  readonly repository: RepositoryName
  readonly digest: Digest
}

export interface DayPulls extends PullCount {
  /** The beginning of a day in UTC. */
  readonly day: number
}

export interface RepositoryDayPulls extends DayPulls {
  readonly repository: RepositoryName
}

/** Pulls to add to those that are known. */
export interface PullBatch {
  readonly tags: readonly TagPulls[]
  readonly manifests: readonly ManifestPulls[]
  readonly days: readonly RepositoryDayPulls[]
}

/**
 * Who counts what is pulled adds it here, in batches. Nothing here says that a tag or manifest is
 * there.
 *
 * - A tag's numbers belong to its name: they stay when the tag moves, is deleted or comes back.
 * - A manifest's numbers go with its row, a deleted one's when its deletion can't be undone any more.
 * - Days are kept for 400 days at least. All of them go with the repository.
 */
export interface PullTable {
  /** Says at each start whether pulls are counted from now on; a break forgets since when they are. */
  counting(enabled: boolean): Promise<void>
  /** Since when pulls are counted without a break; `undefined` if they are not. */
  countedSince(): Promise<number | undefined>
  /**
   * Adds the numbers to those there are; the later time stands. What belongs to a repository or a
   * manifest that is gone is left out. An entry may come several times.
   */
  record(batch: PullBatch): Promise<void>
  /** Those of these tags that were ever pulled. */
  ofTags(repository: RepositoryName, tags: readonly Tag[]): Promise<ReadonlyMap<Tag, PullCount>>
  /** Those of these manifests that are there and were ever pulled. */
  ofManifests(
    repository: RepositoryName,
    digests: readonly Digest[],
  ): Promise<ReadonlyMap<Digest, PullCount>>
  /** Days that begin at `from` or later and before `to`, in order; those without a pull are left out. */
  repositoryDays(repository: RepositoryName, from: number, to: number): Promise<readonly DayPulls[]>
  /** Which of these indexes of the repository list this manifest of it. */
  indexesOf(
    repository: RepositoryName,
    manifest: Digest,
    indexes: readonly Digest[],
  ): Promise<ReadonlySet<Digest>>
}
