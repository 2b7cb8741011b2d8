import type Database from 'better-sqlite3'

export interface ManifestRow {
  readonly id: number
  readonly repository: number
  readonly digest: string
  readonly subject: string | null
  readonly size: number
  readonly live: boolean
  /** Until when its deletion can be undone, if it is deleted so. */
  readonly undoUntil: number | null
}

export interface TagRow {
  readonly repository: number
  readonly name: string
  readonly manifest: number
}

/** Digests of blobs and manifests are in hex. */
export interface Rows {
  /** Names by id. */
  readonly repositories: ReadonlyMap<number, string>
  /** Sizes by id. */
  readonly blobs: ReadonlyMap<number, number>
  readonly manifests: ReadonlyMap<number, ManifestRow>
  /** Blobs and children by manifest. */
  readonly edges: ReadonlyMap<number, readonly number[]>
  readonly children: ReadonlyMap<number, readonly number[]>
  readonly tags: readonly TagRow[]
  /** Moves that are not purged, of manifests in hex. */
  readonly history: readonly { readonly repository: number; readonly old: string; at: number }[]
}

function grouped(rows: readonly (readonly [number, number])[]): ReadonlyMap<number, number[]> {
  const groups = new Map<number, number[]>()
  for (const [from, to] of rows) groups.set(from, [...(groups.get(from) ?? []), to])
  return groups
}

/** All that accounts are about, as it is in the tables; nothing of what is kept for accounts. */
export function readRows(db: Database.Database): Rows {
  const pairs = <A, B>(sql: string) => db.prepare(sql).raw().all() as (readonly [A, B])[]
  const manifests = db
    .prepare<[], Omit<ManifestRow, 'live'> & { deleted: number | null }>(
      `SELECT id, repository_id AS repository, lower(hex(digest)) AS digest, size,
        CASE WHEN subject_digest IS NULL THEN NULL ELSE lower(hex(subject_digest)) END AS subject,
        deleted_at AS deleted, (SELECT undo_until FROM deletions d WHERE d.id = deletion_id) AS undoUntil
        FROM manifests`,
    )
    .all()
  return {
    repositories: new Map(pairs<number, string>('SELECT id, name FROM repositories')),
    blobs: new Map(pairs<number, number>('SELECT id, size FROM blobs')),
    manifests: new Map(
      manifests.map(({ deleted, ...row }) => [row.id, { ...row, live: deleted === null }]),
    ),
    edges: grouped(pairs('SELECT manifest_id, blob_id FROM manifest_blobs')),
    children: grouped(pairs('SELECT parent_id, child_id FROM manifest_references')),
    tags: db
      .prepare<[], TagRow>(
        'SELECT repository_id AS repository, name, manifest_id AS manifest FROM tags',
      )
      .all(),
    history: db
      .prepare<[], { repository: number; old: string; at: number }>(
        `SELECT repository_id AS repository, lower(hex(old_digest)) AS old, at FROM tag_history
         WHERE old_digest IS NOT NULL AND purged = 0`,
      )
      .all(),
  }
}
