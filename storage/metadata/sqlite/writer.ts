import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'

/**
 * Runs `work` as one transaction that holds the write lock from its beginning, so that what it reads
 * is still true when it commits. `work` may run several times and must have no effect but on `db`.
 */
export type Write = <T>(work: () => T) => Promise<T>

/** Longer than any other writer (a backup, a command line) holds the lock. */
const patienceMs = 5_000
const pauseMs = 20

function codeOf(error: unknown): string {
  return error instanceof Database.SqliteError ? error.code : ''
}

/**
 * Moves what an earlier process left in the WAL into the database, and empties the WAL. If that
 * process ended because a sync failed, the end of its WAL may be in the kernel's memory only: read
 * well now, gone with the power, and all that was appended behind it with it.
 */
function settleWal(db: Database.Database): void {
  const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as readonly { readonly busy: number }[]
  if (result?.busy === 0) return
  throw new Database.SqliteError('another process reads the metadata', 'SQLITE_BUSY')
}

/** After a failed sync the kernel may drop pages and report the next sync as done: trust no more. */
function isSyncFailure(code: string): boolean {
  return code === 'SQLITE_IOERR_FSYNC' || code === 'SQLITE_IOERR_DIR_FSYNC'
}

/**
 * Before the first write the WAL is emptied, see {@link settleWal}; where that can't be, as on a full
 * disk, nothing is written yet.
 *
 * While another process holds the lock, waits off the event loop, up to `patience` milliseconds.
 * Once a disk sync failed, all further writes are refused until the process starts anew.
 */
export function createWriter(db: Database.Database, patience: number = patienceMs): Write {
  const transaction = db.transaction((work: () => unknown) => work())
  let syncFailure: unknown
  let settled = false

  function attempt<T>(work: () => T): T {
    if (syncFailure !== undefined) {
      throw new Error(
        'the metadata is read-only since a disk sync failed; check the disk, restart',
        {
          cause: syncFailure,
        },
      )
    }
    try {
      if (!settled) settleWal(db)
      settled = true
      return transaction.immediate(work) as T
    } catch (error) {
      if (isSyncFailure(codeOf(error))) syncFailure = error
      throw error
    }
  }

  return async (work) => {
    const deadline = performance.now() + patience
    for (;;) {
      try {
        return attempt(work)
      } catch (error) {
        if (!codeOf(error).startsWith('SQLITE_BUSY') || performance.now() > deadline) throw error
      }
      await sleep(pauseMs * (0.5 + Math.random()))
    }
  }
}
