import type { Database } from 'better-sqlite3'
import type { Reads } from './reads.ts'
import type { Write } from './writer.ts'

/** What every table of this driver works with. */
export interface Context {
  readonly db: Database
  /** For what clients ask often, outside of any transaction. */
  readonly reads: Reads
  readonly write: Write
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** How long new or newly unreferenced content is left alone by the collector, milliseconds. */
  readonly graceMs: number
  /** How long moves of tags and deletions can be undone, milliseconds. */
  readonly keepMs: number
}

/** `LIMIT` bound: SQLite reads a negative one as "all". */
export function atMost(limit: number): number {
  return Math.max(0, limit)
}

/**
 * How long whoever asked whether something is there may count on it, milliseconds: longer than the
 * grace, so that who asks again within the difference costs no write and is promised the grace still.
 */
export function leaseMs(graceMs: number): number {
  return graceMs + graceMs / 8
}
