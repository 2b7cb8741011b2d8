import type { Test } from 'tap'
import type { Digest } from '../../../src/oci/digest.ts'
import type { RepositoryName } from '../../../src/oci/name.ts'
import type { Tag } from '../../../src/oci/reference.ts'
import type { GcStep } from '../../../storage/metadata/garbage/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'

/** How the suite starts a driver: on empty data, closed and removed when the test ends. */
export type OpenSubject = (t: Test, options: SubjectOptions) => Promise<Subject>

export interface SubjectOptions {
  readonly now: () => number
  readonly graceMs: number
  readonly keepMs: number
}

export interface Subject {
  readonly store: MetadataStore
  /** Closes the store and opens the same data again. */
  reopen(): Promise<MetadataStore>
  /** Opens what `snapshot` wrote; closed when the test ends. */
  openCopy(file: string): Promise<MetadataStore>
  readonly inspect: Inspect
  /** Takes away what a manifest holds, as a hand or an old backup would. */
  loseEdges(repository: RepositoryName, manifest: Digest): Promise<void>
}

export interface HistoryEntry {
  readonly tag: Tag
  readonly from: Digest | null
  readonly to: Digest | null
  readonly at: number
}

export interface EdgeList {
  readonly blobs: readonly Digest[]
  readonly children: readonly Digest[]
  readonly pending: readonly Digest[]
}

/**
 * What the contract writes for later parts (history, collector) and does not read itself, each driver
 * reads out of its tables here. Times are milliseconds; digests are in byte order.
 */
export interface Inspect {
  /** In the order it was written. */
  history(repository: RepositoryName): Promise<readonly HistoryEntry[]>
  /** When the collector looks at it; `undefined` if it is not in the queue. */
  blobDue(digest: Digest): Promise<number | undefined>
  manifestDue(repository: RepositoryName, digest: Digest): Promise<number | undefined>
  /** Until when the repository's right keeps the blob. */
  lease(repository: RepositoryName, digest: Digest): Promise<number | undefined>
  edges(repository: RepositoryName, manifest: Digest): Promise<EdgeList>
}

export const graceMs = 60_000
export const keepMs = 3_600_000

/** A clock that stands still until a test moves it. */
export interface Clock {
  now: number
}

export interface Started extends Subject {
  readonly clock: Clock
}

export async function start(t: Test, open: OpenSubject): Promise<Started> {
  const clock: Clock = { now: 1_700_000_000_000 }
  const subject = await open(t, { now: () => clock.now, graceMs, keepMs })
  return { ...subject, clock }
}

/** Steps until nothing is due any more: one gives way after a few milliseconds, however much it may. */
export async function stepThrough(step: () => Promise<GcStep>): Promise<GcStep> {
  const sum = { looked: 0, manifests: 0, blobs: 0, bytes: 0 }
  for (;;) {
    const { looked, manifests, blobs, bytes } = await step()
    if (looked === 0) return sum
    sum.looked += looked
    sum.manifests += manifests
    sum.blobs += blobs
    sum.bytes += bytes
  }
}

/** Lets time pass until nothing deleted before can be undone any more, and collects. */
export async function collectAll(
  { store, clock }: Started,
  wait = keepMs + graceMs,
): Promise<void> {
  clock.now += wait
  const { garbage } = store
  const run = await garbage.begin('command')
  await stepThrough(() => garbage.collectManifests(run.id, { untagged: false }, { limit: 1000 }))
  await stepThrough(() => garbage.collectBlobs(run.id, { limit: 1000 }))
  await store.garbage.end(run.id, 0)
}
