import type { Tag } from '../../../src/oci/reference.ts'
import type { Context } from './context.ts'
import type { Guard } from './policies/guard.ts'
import type { Queues } from './queues.ts'

/** Moves of tags, each with its row of history; every function runs in its caller's transaction. */
export interface TagPointers {
  /** No move and no history where the tag points there already. */
  point(repositoryId: number, tags: readonly Tag[], manifestId: number, digest: Buffer): void
  /** False if there is no such tag. */
  remove(repositoryId: number, tag: Tag): boolean
  /** Removes every tag of a manifest that is about to go. */
  removeAllOf(manifestId: number, digest: Buffer): void
}

interface PointerRow {
  readonly manifestId: number
  readonly digest: Buffer
}

export const pointerSql = {
  current: `SELECT t.manifest_id AS manifestId, m.digest FROM tags t
    JOIN manifests m ON m.id = t.manifest_id WHERE t.repository_id = ? AND t.name = ?`,
  point: `INSERT INTO tags (repository_id, name, manifest_id, pushed_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (repository_id, name)
    DO UPDATE SET manifest_id = excluded.manifest_id, pushed_at = excluded.pushed_at`,
  remove: 'DELETE FROM tags WHERE repository_id = ? AND name = ?',
  removeAll: 'DELETE FROM tags WHERE manifest_id = ?',
  record: `INSERT INTO tag_history (repository_id, name, old_digest, new_digest, at)
    VALUES (?, ?, ?, ?, ?)`,
  recordAll: `INSERT INTO tag_history (repository_id, name, old_digest, new_digest, at)
    SELECT repository_id, name, ?, NULL, ? FROM tags WHERE manifest_id = ?
    ORDER BY repository_id, name`,
}

type HistoryRow = [number, string, Buffer | null, Buffer | null, number]

export function createTagPointers({ db, now }: Context, queues: Queues, guard: Guard): TagPointers {
  const current = db.prepare<[number, string], PointerRow>(pointerSql.current)
  const point = db.prepare<[number, string, number, number]>(pointerSql.point)
  const remove = db.prepare<[number, string]>(pointerSql.remove)
  const removeAll = db.prepare<[number]>(pointerSql.removeAll)
  const record = db.prepare<HistoryRow>(pointerSql.record)
  const recordAll = db.prepare<[Buffer, number, number]>(pointerSql.recordAll)

  function pointOne(repositoryId: number, tag: Tag, manifestId: number, digest: Buffer): void {
    const old = current.get(repositoryId, tag)
    if (old?.manifestId === manifestId) return
    if (old) guard.change('overwrite', repositoryId, tag, old.digest)
    point.run(repositoryId, tag, manifestId, now())
    record.run(repositoryId, tag, old?.digest ?? null, digest, now())
    if (old) queues.manifest(old.manifestId, 'tag moved')
  }

  return {
    point(repositoryId, tags, manifestId, digest) {
      for (const tag of tags) pointOne(repositoryId, tag, manifestId, digest)
    },
    remove(repositoryId, tag) {
      const old = current.get(repositoryId, tag)
      if (!old) return false
      guard.change('delete', repositoryId, tag, old.digest)
      remove.run(repositoryId, tag)
      record.run(repositoryId, tag, old.digest, null, now())
      queues.manifest(old.manifestId, 'tag deleted')
      return true
    },
    removeAllOf(manifestId, digest) {
      guard.removeTagsOf(manifestId)
      recordAll.run(digest, now(), manifestId)
      removeAll.run(manifestId)
    },
  }
}
