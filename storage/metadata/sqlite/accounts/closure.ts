/*
 * What manifests hold, and what goes with them, as SQL.
 *
 * A manifest holds its children, and its referrers. The closure of some roots is all they hold,
 * directly or not, and they themselves. What something outside of the closure holds stays when the
 * roots go, and so does all that this holds in turn; the rest goes. In such terms, and not by counting
 * holders one by one, as an index may hold its own subject's referrer in a circle.
 */

const held = (of: string) => `
  UNION SELECT e.child_id FROM ${of} c JOIN manifest_references e ON e.parent_id = c.id
    JOIN manifests m ON m.id = e.child_id WHERE m.deleted_at IS NULL
  UNION SELECT r.id FROM ${of} c JOIN manifests s ON s.id = c.id
    JOIN manifests r ON r.repository_id = s.repository_id AND r.subject_digest = s.digest
    WHERE r.deleted_at IS NULL`

/** Tables `roots` and `closure` of manifest ids. @param roots a query of live manifests' ids. */
export function closureSql(roots: string): string {
  return `WITH RECURSIVE roots (id) AS MATERIALIZED (${roots}),
  closure (id) AS MATERIALIZED (SELECT id FROM roots ${held('closure')})`
}

/**
 * The same, and the tables `going` of manifest ids, and `freed` of ids of blobs that only those hold.
 * @param keeps a condition under which the manifest `c.id` stays by itself.
 */
export function goingSql(roots: string, keeps: string): string {
  return `${closureSql(roots)},
  staying (id) AS MATERIALIZED (SELECT c.id FROM closure c WHERE ${keeps}
    OR EXISTS (SELECT 1 FROM manifest_references e JOIN manifests p ON p.id = e.parent_id
      WHERE e.child_id = c.id AND p.deleted_at IS NULL AND p.id NOT IN (SELECT id FROM closure))
    OR EXISTS (SELECT 1 FROM manifests r JOIN manifests s
      ON s.repository_id = r.repository_id AND s.digest = r.subject_digest
      WHERE r.id = c.id AND s.deleted_at IS NULL AND s.id NOT IN (SELECT id FROM closure))
    ${held('staying')}),
  going (id) AS MATERIALIZED (SELECT id FROM closure EXCEPT SELECT id FROM staying),
  freed (id) AS MATERIALIZED (SELECT mine.id FROM (
      SELECT DISTINCT e.blob_id AS id FROM going g CROSS JOIN manifest_blobs e ON e.manifest_id = g.id) mine
    WHERE NOT EXISTS (SELECT 1 FROM manifest_blobs o CROSS JOIN manifests m ON m.id = o.manifest_id
      WHERE o.blob_id = mine.id AND m.deleted_at IS NULL AND m.id NOT IN (SELECT id FROM going)))`
}

/** Bytes of the manifests, and of the blobs, whose ids a table or query of ids has. */
export function manifestBytes(ids: string): string {
  return `(SELECT coalesce(sum(size), 0) FROM manifests WHERE id IN (${ids}))`
}

export function blobBytes(ids: string): string {
  return `(SELECT coalesce(sum(size), 0) FROM blobs WHERE id IN (${ids}))`
}

/** What the closure's manifests have edges to. CROSS JOIN: SQLite would rather read all edges there are. */
export const closureBlobs =
  'SELECT e.blob_id FROM closure c CROSS JOIN manifest_blobs e ON e.manifest_id = c.id'
