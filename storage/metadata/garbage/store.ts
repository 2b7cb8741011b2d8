import type { Digest } from '../../../src/oci/digest.ts'
import type { RepositoryName } from '../../../src/oci/name.ts'
import type { UploadId } from '../../blobs/store.ts'

/** What collected garbage, or would. Times are milliseconds since 1970. */
export type GcCause = 'schedule' | 'request' | 'command'

export interface GcTally {
  readonly manifests: number
  readonly blobs: number
  /** Of the blobs. */
  readonly bytes: number
}

export interface GcRun extends GcTally {
  readonly id: number
  readonly cause: GcCause
  readonly startedAt: number
  /** Absent while it runs. */
  readonly finishedAt?: number
  /** Files that were removed. */
  readonly objects: number
  /** Why it ended early. */
  readonly error?: string
}

/** Something that was collected, or would be. */
export interface Collected {
  readonly kind: 'manifest' | 'blob'
  /** Of a manifest. */
  readonly repository?: RepositoryName
  readonly digest: Digest
  readonly bytes: number
  /** Why it was looked at; nothing held it any more. */
  readonly reason: string
}

export interface JournalEntry extends Collected {
  readonly position: number
  readonly at: number
}

/** One step of a collection. */
export interface GcStep extends GcTally {
  /** Rows looked at; none: nothing is due. Fewer than the limit where a step gives way to others. */
  readonly looked: number
}

export interface GcPolicy {
  /** Collects manifests that were pushed by digest and never had a tag, too. */
  readonly untagged: boolean
}

/** What a step is given. */
export interface GcStepOptions {
  /** Rows it looks at. */
  readonly limit: number
  /**
   * When whoever collects last looked which uploads moved, see `noteMoves`; now if absent. A push that
   * had moved by then within the grace goes on, however long ago that look was.
   */
  readonly movesAsOf?: number
}

/** An upload that moves, and so keeps what else its client brought. */
export interface UploadMove {
  readonly id: UploadId
  readonly at: number
}

/**
 * The collector's side. A manifest is collected if no tag, index, subject and no undo holds it; a blob
 * if no manifest and no push under way does; both only if that has been so for the grace.
 *
 * The steps look again at everything in the transaction that removes it. They give way after a few
 * milliseconds, so that a step may look at fewer rows than `limit` though more are due.
 */
export interface GarbageTable {
  begin(cause: GcCause): Promise<GcRun>
  /** @param objects files removed. @param error why it ended early. */
  end(run: number, objects: number, error?: string): Promise<GcRun | undefined>
  /** Runs that never ended, because their process did; gives their number. */
  endInterrupted(): Promise<number>
  collectManifests(run: number, policy: GcPolicy, options: GcStepOptions): Promise<GcStep>
  /** Removes rows; their objects go to the trash. */
  collectBlobs(run: number, options: GcStepOptions): Promise<GcStep>
  /** What the steps would collect now, asked in the same way; writes nothing. */
  preview(policy: GcPolicy, limit: number): Promise<GcPreview>
  /** Uploads that moved since the last time. */
  noteMoves(moves: readonly UploadMove[]): Promise<void>
  /** Puts blobs into the queue that nothing holds and that are in no queue; gives their number: 0. */
  audit(after: number, limit: number): Promise<{ readonly found: number; readonly next?: number }>
  /**
   * Puts manifests into the queue that nothing holds and that are in no queue: those that were pushed
   * by digest and stayed. They have the grace from now on. Looks at `limit` manifests.
   */
  queueUntagged(
    after: number,
    limit: number,
  ): Promise<{ readonly found: number; readonly next?: number }>
  /** The newest first, those before run `before`. */
  runs(limit: number, before?: number): Promise<readonly GcRun[]>
  run(id: number): Promise<GcRun | undefined>
  /** What a run removed, in order. */
  journal(run: number, limit: number, after?: number): Promise<readonly JournalEntry[]>
  /** Removes runs, with their journals, that ended before `time`, and spans of pushes. */
  forget(time: number, limit: number): Promise<number>
}

export interface GcPreview extends GcTally {
  /** Up to the limit. */
  readonly items: readonly Collected[]
  /** When the next thing is due that is not yet; absent if nothing waits. */
  readonly nextAt?: number
}
