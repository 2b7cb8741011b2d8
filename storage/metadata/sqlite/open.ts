import type { Database } from 'better-sqlite3'
import type { MetadataStore } from '../store.ts'
import { assemble } from './assemble.ts'
import type { Context } from './context.ts'
import { busyTimeoutMs, openDatabase, openDatabaseForReading, syncNames } from './database.ts'
import { expectSchema, migrate } from './migrate.ts'
import { createReads } from './reads.ts'
import { createWriter } from './writer.ts'

export interface SqliteOptions {
  /** Path of the database file, in a directory that exists. */
  readonly file: string
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** How long unreferenced content is kept for whoever is just pushing, milliseconds; one hour. */
  readonly graceMs?: number
  /** How long moves of tags and deletions can be undone, milliseconds; a week. */
  readonly keepMs?: number
}

/** How long unreferenced content is kept for whoever is just pushing. */
const defaultGraceMs = 3_600_000

/** How long moves of tags and deletions can be undone. */
const defaultKeepMs = 7 * 86_400_000

/** A second connection, for reading; it does not stay open if `use` throws. */
function withReader<Store>(file: string, use: (reader: Database) => Store): Store {
  const reader = openDatabaseForReading(file)
  try {
    return use(reader)
  } catch (error) {
    reader.close()
    throw error
  }
}

type Times = Pick<Context, 'now' | 'graceMs' | 'keepMs'>

function prepare(db: Database, times: Times): MetadataStore {
  const { now } = times
  migrate(db, now)
  syncNames(db)
  return withReader(db.name, (reader) => {
    const reads = createReads(reader)
    const write = createWriter(db, undefined, reads.renew)
    const store = assemble({ db, reads, write, ...times })
    for (const connection of [db, reader]) connection.pragma(`busy_timeout = ${busyTimeoutMs}`)
    return store
  })
}

/**
 * Opens the metadata in one SQLite file, and brings its schema up to date. One process writes.
 *
 * @throws Error if the file can't be opened or made, is newer than this code, or lies where SQLite
 *   can't promise durability.
 */
export function openSqlite({
  file,
  now = Date.now,
  graceMs = defaultGraceMs,
  keepMs = defaultKeepMs,
}: SqliteOptions): MetadataStore {
  const db = openDatabase(file)
  try {
    return prepare(db, { now, graceMs, keepMs })
  } catch (error) {
    db.close()
    throw error
  }
}

/**
 * Opens metadata that is there, to look at it; a server may work on it. Whatever writes rejects.
 *
 * @throws Error if there is none, or its schema is not exactly this code's.
 */
export function openSqliteForReading({
  file,
  now = Date.now,
  graceMs = defaultGraceMs,
  keepMs = defaultKeepMs,
}: SqliteOptions): MetadataStore {
  const db = openDatabaseForReading(file)
  try {
    expectSchema(db)
    return withReader(file, (reader) => {
      const reads = createReads(reader)
      return assemble({ db, reads, write: createWriter(db), now, graceMs, keepMs })
    })
  } catch (error) {
    db.close()
    throw error
  }
}
