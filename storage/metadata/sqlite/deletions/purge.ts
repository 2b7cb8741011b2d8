import type { Context } from '../context.ts'
import type { ManifestRow, Visibility } from '../manifests/visibility.ts'

export const purgeSql = {
  manifests: `SELECT id, repository_id AS repositoryId, digest FROM manifests
    WHERE deletion_id = ?`,
  tags: 'UPDATE tag_history SET purged = 1 WHERE deletion_id = ?',
  untagged: `SELECT m.id FROM tag_history h
    JOIN manifests m ON m.repository_id = h.repository_id AND m.digest = h.old_digest
    JOIN gc_manifest_queue q ON q.manifest_id = m.id
    WHERE h.deletion_id = ? AND m.deleted_at IS NULL`,
  hurry: 'UPDATE gc_manifest_queue SET due_at = min(due_at, ?) WHERE manifest_id = ?',
}

/** Lets go of what a deletion keeps for its undo; runs inside of its caller's transaction. */
export function createPurge(
  { db, now, graceMs }: Context,
  { visibility }: { readonly visibility: Pick<Visibility, 'purge'> },
): (deletion: number) => void {
  const manifestsOf = db.prepare<[number], ManifestRow>(purgeSql.manifests)
  const purgeTags = db.prepare<[number]>(purgeSql.tags)
  const untagged = db.prepare<[number], number>(purgeSql.untagged).pluck()
  const hurry = db.prepare<[number, number]>(purgeSql.hurry)
  return (deletion) => {
    purgeTags.run(deletion)
    for (const id of untagged.all(deletion) as number[]) hurry.run(now() + graceMs, id)
    for (const manifest of manifestsOf.all(deletion)) visibility.purge(manifest)
  }
}
