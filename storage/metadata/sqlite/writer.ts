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

/** After a failed sync the kernel may drop pages and report the next sync as done: trust no more. */
function isSyncFailure(code: string): boolean {
  return code === 'SQLITE_IOERR_FSYNC' || code === 'SQLITE_IOERR_DIR_FSYNC'
}

/**
 * While another process holds the lock, waits off the event loop, up to `patience` milliseconds.
 * Once a disk sync failed, all further writes are refused until the process starts anew.
 */
export function createWriter(db: Database.Database, patience: number = patienceMs): Write {
  const transaction = db.transaction((work: () => unknown) => work())
  let syncFailure: unknown

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
