import type { PullBatch, PullCount } from '../../../storage/metadata/pulls/store.ts'
import type { Digest } from '../../oci/digest.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { Tag } from '../../oci/reference.ts'
import { ownCopy } from './own-copy.ts'

/** Pulls that are not written yet. Noting one is a look-up in memory and an addition. */
export interface Batch {
  tag(repository: RepositoryName, tag: Tag, at: number): void
  manifest(repository: RepositoryName, digest: Digest, at: number): void
  /** @param pulls how many; 0 notes the time alone. */
  repository(repository: RepositoryName, pulls: number, at: number): void
  /** Empties it; gives what was in it in parts that hold `partSize` entries at most. */
  take(partSize: number): readonly PullBatch[]
  /** Adds what was taken and could not be written. */
  putBack(parts: readonly PullBatch[]): void
}

interface Count extends PullCount {
  pulls: number
  lastPulledAt: number
}

interface Counts {
  readonly tags: Map<Tag, Count>
  readonly manifests: Map<Digest, Count>
  /** By the beginning of the day in UTC. */
  readonly days: Map<number, Count>
}

const dayLength = 86_400_000

type Entry =
  | ['tags', PullBatch['tags'][number]]
  | ['manifests', PullBatch['manifests'][number]]
  | ['days', PullBatch['days'][number]]

function* entriesOf(counts: ReadonlyMap<RepositoryName, Counts>): Generator<Entry> {
  for (const [repository, { tags, manifests, days }] of counts) {
    for (const [tag, count] of tags) yield ['tags', { repository, tag, ...count }]
    for (const [digest, count] of manifests) yield ['manifests', { repository, digest, ...count }]
    for (const [day, count] of days) yield ['days', { repository, day, ...count }]
  }
}

function partOf(entries: readonly Entry[]): PullBatch {
  return {
    tags: entries.flatMap(([kind, entry]) => (kind === 'tags' ? [entry] : [])),
    manifests: entries.flatMap(([kind, entry]) => (kind === 'manifests' ? [entry] : [])),
    days: entries.flatMap(([kind, entry]) => (kind === 'days' ? [entry] : [])),
  }
}

/**
 * @param capacity entries it holds; what would need one more is not counted. Only where writing fails
 *   for long, or more different things are pulled between two writes, is it ever full.
 */
export function createBatch(capacity = 100_000): Batch {
  let counts = new Map<RepositoryName, Counts>()
  let size = 0

  function countsOf(repository: RepositoryName): Counts {
    const known = counts.get(repository)
    if (known !== undefined) return known
    const made: Counts = { tags: new Map(), manifests: new Map(), days: new Map() }
    counts.set(ownCopy(repository), made)
    return made
  }

  function add<Key extends string | number>(
    to: Map<Key, Count>,
    key: Key,
    pulls: number,
    at: number,
  ): void {
    const known = to.get(key)
    if (known !== undefined) {
      known.pulls += pulls
      if (at > known.lastPulledAt) known.lastPulledAt = at
    } else if (size < capacity) {
      size += 1
      to.set(typeof key === 'string' ? ownCopy(key) : key, { pulls, lastPulledAt: at })
    }
  }

  return {
    tag: (repository, tag, at) => add(countsOf(repository).tags, tag, 1, at),
    manifest: (repository, digest, at) => add(countsOf(repository).manifests, digest, 1, at),
    repository: (repository, pulls, at) =>
      add(countsOf(repository).days, at - (at % dayLength), pulls, at),
    take(partSize) {
      const entries = [...entriesOf(counts)]
      counts = new Map()
      size = 0
      const parts = Math.ceil(entries.length / partSize)
      return Array.from({ length: parts }, (_, n) =>
        partOf(entries.slice(n * partSize, (n + 1) * partSize)),
      )
    },
    putBack(parts) {
      for (const { tags, manifests, days } of parts) {
        for (const { repository, tag, pulls, lastPulledAt } of tags) {
          add(countsOf(repository).tags, tag, pulls, lastPulledAt)
        }
        for (const { repository, digest, pulls, lastPulledAt } of manifests) {
          add(countsOf(repository).manifests, digest, pulls, lastPulledAt)
        }
        for (const { repository, day, pulls, lastPulledAt } of days) {
          add(countsOf(repository).days, day, pulls, lastPulledAt)
        }
      }
    },
  }
}
