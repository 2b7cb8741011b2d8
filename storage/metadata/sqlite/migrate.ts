import type { Database } from 'better-sqlite3'
import { migrations as all } from './migrations/all.ts'
import type { Migration } from './migrations/migration.ts'

interface AppliedRow {
  readonly number: number
  readonly name: string
}

function readApplied(db: Database): ReadonlyMap<number, string> {
  const rows = db.prepare<[], AppliedRow>('SELECT number, name FROM migrations').all()
  return new Map(rows.map(({ number, name }) => [number, name]))
}

/** What this code does not know it must not touch. */
function refuseUnknown(
  db: Database,
  applied: ReadonlyMap<number, string>,
  migrations: readonly Migration[],
): void {
  const newest = Math.max(0, ...applied.keys())
  const known = migrations.length
  if (newest > known) {
    throw new Error(
      `${db.name} was written by a newer Layerhouse (schema ${newest}, this one knows ${known}); ` +
        'start that version, or restore the backup made before the upgrade',
    )
  }
  for (const { number, name } of migrations) {
    const found = applied.get(number)
    if (found !== undefined && found !== name) {
      throw new Error(
        `${db.name} has another schema ${number} ("${found}") than this one ("${name}")`,
      )
    }
  }
}

/**
 * Brings the schema up to date, each step in one transaction with its row in `migrations`.
 *
 * @param now milliseconds since 1970.
 * @throws Error if the database is newer than the code, or of another descent; nothing is changed.
 */
export function migrate(
  db: Database,
  now: () => number,
  migrations: readonly Migration[] = all,
): void {
  db.exec(
    'CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT',
  )
  refuseUnknown(db, readApplied(db), migrations)
  const record = db.prepare<[number, string, number]>(
    'INSERT INTO migrations (number, name, applied_at) VALUES (?, ?, ?)',
  )
  const apply = db.transaction((migration: Migration) => {
    // Asked again under the lock: another process may have come first.
    if (readApplied(db).has(migration.number)) return
    db.exec(migration.sql)
    record.run(migration.number, migration.name, now())
  })
  for (const migration of migrations) apply.immediate(migration)
}

/** @throws Error unless the schema is exactly the newest this code knows; for who may not change it. */
export function expectSchema(db: Database, migrations: readonly Migration[] = all): void {
  const applied = readApplied(db)
  refuseUnknown(db, applied, migrations)
  if (applied.size === migrations.length) return
  throw new Error(
    `${db.name} has the older schema ${applied.size} (this is ${migrations.length}); ` +
      'start this version of the server once, which brings it up to date',
  )
}
