import type { ActivityAction } from '../../../src/access/activity.ts'
import type { Digest } from '../../../src/oci/digest.ts'

/**
 * What was done and refused, by whom: rows are added, and old ones removed by age; none is ever
 * changed. Times are milliseconds since 1970.
 */
export interface ActivityTable {
  /** Beside these, what changes a repository is written down in the transaction that changes it. */
  append(entries: readonly NewActivity[]): Promise<void>
  /**
   * The newest first, along an index. A page looks at so many entries only: it may hold fewer than
   * asked for, even none, and have a `next`.
   */
  page(query: ActivityQuery): Promise<ActivityPage>
  /** Removes up to `limit` entries before `time`, the oldest first; gives how many. */
  forget(time: number, limit: number): Promise<number>
}

export interface NewActivity {
  readonly action: ActivityAction
  /** Absent: now. */
  readonly at?: number
  /** The account; absent where nobody has said who they are. */
  readonly actor?: string | undefined
  /** The address it came from, or what did it by itself. */
  readonly client: string
  /** The User-Agent. */
  readonly agent?: string | undefined
  readonly repository?: string | undefined
  readonly tag?: string | undefined
  readonly digest?: Digest | undefined
  /** How often, where several of the same were written down as one. */
  readonly count?: number
  /** What else is worth knowing; never a secret. */
  readonly detail?: Readonly<Record<string, string | number | boolean | readonly string[]>>
}

/** By time, then in the order they were written down. */
export type ActivityPosition = readonly [at: number, id: number]

export interface Activity extends NewActivity {
  readonly position: ActivityPosition
  readonly at: number
  readonly count: number
}

export interface ActivityQuery {
  readonly action?: readonly ActivityAction[] | undefined
  readonly actor?: string | undefined
  readonly repository?: string | undefined
  /** Inclusive. */
  readonly from?: number | undefined
  /** Exclusive. */
  readonly to?: number | undefined
  /** Only about these repositories; entries about none are left out then. */
  readonly visible?: ((repository: string) => boolean) | undefined
  /** Only what is older than this. */
  readonly before?: ActivityPosition | undefined
  readonly limit: number
}

export interface ActivityPage {
  readonly items: readonly Activity[]
  /** The position to go on before. */
  readonly next?: ActivityPosition
}
