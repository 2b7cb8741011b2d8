import type { Actor } from '../../../src/oci/actor.ts'
import type { Digest } from '../../../src/oci/digest.ts'
import type { RepositoryName } from '../../../src/oci/name.ts'
import type { Tag } from '../../../src/oci/reference.ts'

import type { OrRefused } from '../policies/store.ts'
import type { PutOptions } from '../store.ts'

/** One move of a tag. Times are milliseconds since 1970. */
export interface TagMove {
  /** Of this row: later moves have greater ones. */
  readonly position: number
  readonly repository: RepositoryName
  readonly tag: Tag
  /** Absent: the tag was made. */
  readonly from?: Digest
  /** Absent: the tag was deleted. */
  readonly to?: Digest
  readonly at: number
  readonly by: Actor
  /** The deletion it was part of. */
  readonly deletion?: number
  /** Whether the tag can be pointed at `from` again now. */
  readonly restorable: boolean
  /** Until when `from` is kept for that alone; absent where this move keeps nothing. */
  readonly keptUntil?: number
}

export interface MoveQuery {
  /** All when absent. */
  readonly repository?: RepositoryName | undefined
  /** Only with a repository. */
  readonly tag?: Tag | undefined
  /** Only moves before this position. */
  readonly before?: number | undefined
  readonly limit: number
}

export type Restored =
  | { readonly restored: true; readonly from: Digest | undefined }
  /** `unknown`: the tag never pointed there. `collected`: the manifest is no more. */
  | { readonly restored: false; readonly why: 'unknown' | 'collected' }

/** Where tags pointed. */
export interface HistoryTable {
  /** The newest first. */
  moves(query: MoveQuery): Promise<readonly TagMove[]>
  /**
   * Points a tag at a manifest it pointed at before, which is brought back if it was deleted, as a
   * move of its own. A rule may forbid it; `mayOverwrite` is that of `PutOptions`.
   */
  restore(
    repository: RepositoryName,
    tag: Tag,
    digest: Digest,
    by: Actor,
    options?: PutOptions,
  ): Promise<OrRefused<Restored>>
  /**
   * Removes the oldest moves before `time` that hold nothing any more, and deletions of which nothing
   * is left; gives the number of moves.
   */
  forget(time: number, limit: number): Promise<number>
}
