import { closeSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'

/** At start nobody waits for this process: another one that is just closing may finish. */
const startTimeoutMs = 5_000

/**
 * Later SQLite sleeps on the event loop while it waits for a lock, so it waits briefly; `writer.ts`
 * tries again without blocking.
 */
export const busyTimeoutMs = 20

/**
 * Pages in the WAL after which SQLite moves them into the database, 16 MiB: a page that changes with
 * each push is then moved once for many of them.
 */
const checkpointPages = 4096

/** SQLite copies the mode to `-wal` and `-shm`. The owner's group may read, for backups. */
const fileMode = 0o640

/**
 * Makes the names of the database and its WAL durable, which must be there. SQLite syncs a directory
 * too, but takes no notice if that fails.
 * @throws Error with code `EIO` if the disk fails.
 */
export function syncNames({ name }: Database.Database): void {
  const directory = openSync(dirname(name), 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

function createIfMissing(file: string): void {
  closeSync(openSync(file, 'a', fileMode))
}

function expect(db: Database.Database, pragma: string, value: unknown): void {
  const found = db.pragma(pragma, { simple: true })
  if (found !== value) {
    throw new Error(`SQLite refuses "${pragma} = ${value}" for ${db.name}: it stays at ${found}`)
  }
}

/**
 * Sets and then reads back what durability and integrity rest on. better-sqlite3 is built so that WAL
 * silently means `synchronous = NORMAL`, under which a power cut takes acknowledged commits away.
 *
 * @throws Error if the file system can't carry a WAL, e.g. a network share.
 */
export function configure(db: Database.Database): void {
  db.pragma('journal_mode = WAL')
  expect(db, 'journal_mode', 'wal')
  db.pragma('synchronous = FULL')
  expect(db, 'synchronous', 2)
  db.pragma('foreign_keys = ON')
  expect(db, 'foreign_keys', 1)
  db.pragma('trusted_schema = OFF')
  db.pragma('cell_size_check = ON')
  db.pragma('temp_store = MEMORY')
  db.pragma(`wal_autocheckpoint = ${checkpointPages}`)
  db.pragma(`journal_size_limit = ${64 * 1024 * 1024}`)
}

/** Opens the database file, and makes it (mode 0640, less the umask) if there is none. */
export function openDatabase(file: string): Database.Database {
  createIfMissing(file)
  const db = new Database(file, { timeout: startTimeoutMs })
  try {
    configure(db)
  } catch (error) {
    db.close()
    throw error
  }
  return db
}

/** Opens a database that is there and changes nothing in it; others may write to it. */
export function openDatabaseForReading(file: string): Database.Database {
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: startTimeoutMs })
  db.pragma('trusted_schema = OFF')
  db.pragma('cell_size_check = ON')
  return db
}

/** Empties the WAL into the database file and lets go of both. Nothing happens the second time. */
export function closeDatabase(db: Database.Database): void {
  if (!db.open) return
  try {
    if (!db.readonly) db.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    db.close()
  }
}
