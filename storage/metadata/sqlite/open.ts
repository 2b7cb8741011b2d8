import type { Database } from 'better-sqlite3'
import type { MetadataStore } from '../store.ts'
import { createBlobs } from './blobs.ts'
import type { Context } from './context.ts'
import {
  busyTimeoutMs,
  closeDatabase,
  openDatabase,
  openDatabaseForReading,
  syncNames,
} from './database.ts'
import { createIntegrity } from './integrity/table.ts'
import { createEdges } from './manifests/edges.ts'
import { createManifests } from './manifests/table.ts'
import { expectSchema, migrate } from './migrate.ts'
import { createPending } from './pending.ts'
import { createGuard } from './policies/guard.ts'
import { createPolicies } from './policies/table.ts'
import { createQueues } from './queues.ts'
import { createReads } from './reads.ts'
import { createRepositories, createRepositoryRows } from './repositories.ts'
import { createRights } from './rights.ts'
import { createSnapshots } from './snapshot.ts'
import { createTagPointers } from './tag-pointers.ts'
import { createTags } from './tags.ts'
import { createTrash, createTrashRows } from './trash.ts'
import { createUploads } from './uploads.ts'
import { createWriter } from './writer.ts'

export interface SqliteOptions {
  /** Path of the database file, in a directory that exists. */
  readonly file: string
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** How long unreferenced content is kept for whoever is just pushing, milliseconds; one hour. */
  readonly graceMs?: number
}

function createProbe({ db, write, now }: Context): MetadataStore['probe'] {
  const beat = db.prepare<[number]>(
    'INSERT INTO heartbeat (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at',
  )
  return async () => {
    await write(() => beat.run(now()))
  }
}

/** Prepares every statement once; the tables share the rows beneath them. */
function assemble(context: Context): MetadataStore {
  const repositories = createRepositoryRows(context)
  const queues = createQueues(context)
  const pending = createPending(context)
  const rights = createRights(context, repositories, pending)
  const edges = createEdges(context, rights, pending)
  const guard = createGuard(context)
  const pointers = createTagPointers(context, queues, guard)
  const trash = createTrashRows(context)
  const snapshots = createSnapshots(context.db)
  return {
    repositories: createRepositories(context, repositories),
    blobs: createBlobs(context, { rights, queues, trash }),
    uploads: createUploads(context),
    manifests: createManifests(context, { repositories, edges, pending, pointers, queues, guard }),
    tags: createTags(context, repositories, pointers),
    trash: createTrash(context, trash),
    integrity: createIntegrity(context),
    policies: createPolicies(context, guard),
    snapshot: snapshots.snapshot,
    renew: context.reads.renew,
    probe: createProbe(context),
    close: async () => {
      if (snapshots.running) await snapshots.stop()
      context.reads.close()
      closeDatabase(context.db)
    },
  }
}

/** How long unreferenced content is kept for whoever is just pushing. */
const defaultGraceMs = 3_600_000

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

function prepare(db: Database, now: () => number, graceMs: number): MetadataStore {
  migrate(db, now)
  syncNames(db)
  return withReader(db.name, (reader) => {
    const reads = createReads(reader)
    const write = createWriter(db, undefined, reads.renew)
    const store = assemble({ db, reads, write, now, graceMs })
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
}: SqliteOptions): MetadataStore {
  const db = openDatabase(file)
  try {
    return prepare(db, now, graceMs)
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
export function openSqliteForReading({ file }: Pick<SqliteOptions, 'file'>): MetadataStore {
  const db = openDatabaseForReading(file)
  try {
    expectSchema(db)
    return withReader(file, (reader) => {
      const reads = createReads(reader)
      const context = { db, reads, write: createWriter(db), now: Date.now }
      return assemble({ ...context, graceMs: defaultGraceMs })
    })
  } catch (error) {
    db.close()
    throw error
  }
}
