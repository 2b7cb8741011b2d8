import type { Actor } from '../../../../src/oci/actor.ts'
import type { Tag } from '../../../../src/oci/reference.ts'
import type { Undone } from '../../deletions/store.ts'
import type { Context } from '../context.ts'
import type { ManifestRow, Visibility } from '../manifests/visibility.ts'
import { pushedByDigest, type Queues } from '../queues.ts'
import type { TagPointers } from '../tag-pointers.ts'

export interface UndoParts {
  readonly pointers: TagPointers
  readonly visibility: Visibility
  readonly queues: Queues
}

export const undoSql = {
  manifests: `SELECT id, repository_id AS repositoryId, digest FROM manifests
    WHERE deletion_id = ?`,
  tags: `SELECT h.name AS tag, h.repository_id AS repositoryId, m.id AS manifestId, m.digest,
      EXISTS (SELECT 1 FROM tags t WHERE t.repository_id = h.repository_id AND t.name = h.name)
        AS taken
    FROM tag_history h
    JOIN manifests m ON m.repository_id = h.repository_id AND m.digest = h.old_digest
      AND m.deleted_at IS NULL
    WHERE h.deletion_id = ? AND h.new_digest IS NULL ORDER BY h.id`,
}

interface TagRow {
  readonly tag: Tag
  readonly repositoryId: number
  readonly manifestId: number
  readonly digest: Buffer
  readonly taken: number
}

/** Brings back what a deletion took; runs inside of its caller's transaction. */
export function createUndo({ db }: Pick<Context, 'db'>, parts: UndoParts) {
  const { pointers, visibility, queues } = parts
  const manifestsOf = db.prepare<[number], ManifestRow>(undoSql.manifests)
  const tagsOf = db.prepare<[number], TagRow>(undoSql.tags)

  return (deletion: number, by: Actor): Undone => {
    const manifests = manifestsOf.all(deletion)
    for (const manifest of manifests) {
      visibility.reveal(manifest)
      // As if it had just been pushed: what holds it is found by the collector, or pointed at it now.
      queues.manifest(manifest.id, pushedByDigest)
    }
    const rows = tagsOf.all(deletion)
    for (const { tag, taken, ...target } of rows) {
      if (taken === 0) pointers.point(target, [tag], { by })
    }
    const names = (taken: number) => rows.filter((row) => row.taken === taken).map(({ tag }) => tag)
    return { manifests: manifests.length, tags: names(0), taken: names(1) }
  }
}
