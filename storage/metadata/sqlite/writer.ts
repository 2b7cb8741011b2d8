import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { type AttemptGroup, createGroups, type Outcome } from './groups.ts'

/**
 * Runs `work` as one transaction that holds the write lock from its beginning, so that what it reads
 * is still true when it commits. `work` may run several times and must have no effect but on `db`.
 *
 * Works that wait at the same time share one commit, and with it one sync of the disk; each is still
 * done wholly or not at all, in order of the calls, and its promise settles only after the commit.
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

/** Attempts that refuse to write after a failed sync, and write to an emptied WAL only. */
function createGuard(db: Database.Database, attempt: AttemptGroup): AttemptGroup {
  let syncFailure: unknown
  let settled = false

  return (works) => {
    if (syncFailure !== undefined) {
      const cause = syncFailure
      throw new Error(
        'the metadata is read-only since a disk sync failed; check the disk, restart',
        { cause },
      )
    }
    try {
      if (!settled) settleWal(db)
      settled = true
      return attempt(works)
    } catch (error) {
      if (isSyncFailure(codeOf(error))) syncFailure = error
      throw error
    }
  }
}

interface Task {
  readonly work: () => unknown
  /** After this time another process's lock is waited for no longer. */
  readonly deadline: number
  settle(outcome: Outcome): void
}

/**
 * Before the first write the WAL is emptied, see {@link settleWal}; where that can't be, as on a full
 * disk, nothing is written yet.
 *
 * While another process holds the lock, waits off the event loop, up to `patience` milliseconds.
 * Once a disk sync failed, all further writes are refused until the process starts anew.
 * `beforeAttempt` runs in the same turn as the transaction, just before it.
 */
export function createWriter(
  db: Database.Database,
  patience: number = patienceMs,
  beforeAttempt: () => void = () => {},
): Write {
  const guarded = createGuard(db, createGroups(db))
  const queue: Task[] = []
  let draining = false

  function attempt(works: readonly (() => unknown)[]): readonly Outcome[] {
    beforeAttempt()
    return guarded(works)
  }

  function settleFirst(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) queue.shift()?.settle(outcome)
  }

  function attemptFirst(count: number): void {
    try {
      settleFirst(attempt(queue.slice(0, count).map(({ work }) => work)))
    } catch (error) {
      if (codeOf(error).startsWith('SQLITE_BUSY')) throw error
      failFirst(count, error)
    }
  }

  /** What several works did not survive together, each is tried alone: only the guilty one fails. */
  function failFirst(count: number, error: unknown): void {
    if (count === 1 || isSyncFailure(codeOf(error))) {
      settleFirst(Array.from({ length: count }, () => ({ error })))
    } else {
      for (let left = count; left > 0; left -= 1) attemptFirst(1)
    }
  }

  function giveUpLate(error: unknown): void {
    const now = performance.now()
    const late = queue.filter(({ deadline }) => now > deadline)
    for (const task of late) {
      queue.splice(queue.indexOf(task), 1)
      task.settle({ error })
    }
  }

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      // Whoever comes in the same turn of the event loop comes along.
      await nextTurn()
      try {
        attemptFirst(queue.length)
      } catch (error) {
        giveUpLate(error)
        await sleep(pauseMs * (0.5 + Math.random()))
      }
    }
    draining = false
  }

  return <T>(work: () => T) =>
    new Promise<T>((resolve, reject) => {
      const settle = (outcome: Outcome) => {
        if ('error' in outcome) reject(outcome.error)
        else resolve(outcome.value as T)
      }
      queue.push({ work, deadline: performance.now() + patience, settle })
      if (draining) return
      draining = true
      void drain()
    })
}
