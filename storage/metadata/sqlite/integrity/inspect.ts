import type { Database } from 'better-sqlite3'
import type { IntegrityTable } from '../../store.ts'

interface Invariant {
  /** What is wrong with a row that the query finds; `?` stands for its name. */
  readonly sentence: string
  readonly sql: string
}

/** Each query finds rows that must not be, with a name for people. */
export const invariants: readonly Invariant[] = [
  {
    sentence: 'the object ? is in use and in the trash at once',
    sql: `SELECT storage_key AS name FROM gc_objects
      WHERE storage_key IN (SELECT storage_key FROM blobs)`,
  },
  {
    sentence: 'the repository ? is listed without a manifest, or not listed with one',
    sql: `SELECT name FROM repositories r
      WHERE listed <> EXISTS (SELECT 1 FROM manifests m
        WHERE m.repository_id = r.id AND m.deleted_at IS NULL)`,
  },
  {
    sentence: 'the tag ? points into another repository',
    sql: `SELECT r.name || ':' || t.name AS name FROM tags t
      JOIN repositories r ON r.id = t.repository_id JOIN manifests m ON m.id = t.manifest_id
      WHERE m.repository_id <> t.repository_id`,
  },
  {
    sentence: 'the manifest ? is deleted, and the collector does not know',
    sql: `SELECT lower(hex(substr(digest, 2))) AS name FROM manifests m
      WHERE deleted_at IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM gc_manifest_queue q WHERE q.manifest_id = m.id)`,
  },
  {
    sentence: 'the manifest ? is deleted, and has a tag',
    sql: `SELECT lower(hex(substr(digest, 2))) AS name FROM manifests m
      WHERE deleted_at IS NOT NULL
      AND EXISTS (SELECT 1 FROM tags t WHERE t.manifest_id = m.id)`,
  },
  {
    sentence: 'the blob ? is not used, and the collector does not know',
    sql: `SELECT lower(hex(substr(digest, 2))) AS name FROM blobs b
      WHERE NOT EXISTS (SELECT 1 FROM manifest_blobs e WHERE e.blob_id = b.id)
      AND NOT EXISTS (SELECT 1 FROM gc_blob_queue q WHERE q.blob_id = b.id)`,
  },
]

interface Orphan {
  readonly table: string
  readonly rowid: number | null
  readonly parent: string
}

function inspectFile(db: Database): string[] {
  const lines = db.pragma('integrity_check(100)') as readonly { integrity_check: string }[]
  return lines.map((row) => row.integrity_check).filter((line) => line !== 'ok')
}

function inspectReferences(db: Database): string[] {
  const orphans = db.pragma('foreign_key_check') as readonly Orphan[]
  return orphans.map(
    ({ table, rowid, parent }) => `row ${rowid ?? '?'} of ${table} names no row of ${parent}`,
  )
}

export function createInspect({ db }: { readonly db: Database }): Pick<IntegrityTable, 'inspect'> {
  return {
    async inspect() {
      const rows = invariants.flatMap(({ sentence, sql }) =>
        db
          .prepare<[], { name: string }>(sql)
          .all()
          .map(({ name }) => sentence.replace('?', name)),
      )
      return [...inspectFile(db), ...inspectReferences(db), ...rows]
    },
  }
}
