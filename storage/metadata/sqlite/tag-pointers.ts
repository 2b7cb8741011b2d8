import type { Tag } from '../../../src/oci/reference.ts'
import type { Usage } from './accounts/usage.ts'
import type { ActivityRows } from './activity/rows.ts'
import type { Change } from './change.ts'
import type { Context } from './context.ts'
import { fromColumn } from './digest-column.ts'
import type { Guard } from './policies/guard.ts'
import { RefusedError } from './policies/refusal.ts'
import type { Queues } from './queues.ts'

/** Moves of tags, each with its row of history; every function runs in its caller's transaction. */
export interface TagPointers {
  /** No move and no history where the tag points there already. */
  point(target: TagTarget, tags: readonly Tag[], change: Change): void
  /** False if there is no such tag. */
  remove(repositoryId: number, tag: Tag, change: Change): boolean
  /** Removes every tag of a manifest that is deleted. */
  removeAllOf(manifestId: number, digest: Buffer, change: Change): void
}

export interface TagTarget {
  readonly repositoryId: number
  readonly manifestId: number
  readonly digest: Buffer
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
  record: `INSERT INTO tag_history
      (repository_id, name, old_digest, new_digest, at, actor, client, deletion_id, purged)
    VALUES (@repositoryId, @tag, @from, @to, @at, @actor, @client, @deletion, @purged)`,
  recordAll: `INSERT INTO tag_history
      (repository_id, name, old_digest, new_digest, at, actor, client, deletion_id, purged)
    SELECT repository_id, name, @from, NULL, @at, @actor, @client, @deletion, @purged
    FROM tags WHERE manifest_id = @manifestId ORDER BY repository_id, name`,
}

interface Noted {
  readonly at: number
  readonly actor: string | null
  readonly client: string
  readonly deletion: number | null
  readonly purged: number
}

interface MoveRow extends Noted {
  readonly repositoryId: number
  readonly tag: string
  readonly from: Buffer | null
  readonly to: Buffer | null
}

interface LastMoveRow extends Noted {
  readonly manifestId: number
  readonly from: Buffer
}

export interface TagPointerParts {
  readonly queues: Queues
  readonly usage: Usage
  readonly guard: Guard
  readonly activity: ActivityRows
}

export function createTagPointers(
  context: Context,
  { queues, usage, guard, activity }: TagPointerParts,
): TagPointers {
  const { db, now, graceMs, keepMs } = context
  const current = db.prepare<[number, string], PointerRow>(pointerSql.current)
  const point = db.prepare<[number, string, number, number]>(pointerSql.point)
  const remove = db.prepare<[number, string]>(pointerSql.remove)
  const removeAll = db.prepare<[number]>(pointerSql.removeAll)
  const record = db.prepare<[MoveRow]>(pointerSql.record)
  const recordAll = db.prepare<[LastMoveRow]>(pointerSql.recordAll)

  function noted({ by, deletion, purge = false }: Change): Noted {
    return {
      at: now(),
      actor: by.name ?? null,
      client: by.client,
      deletion: deletion ?? null,
      purged: purge ? 1 : 0,
    }
  }

  /** What history holds need not be looked at before it lets go. */
  function lose({ manifestId }: PointerRow, reason: string, { purge = false }: Change): void {
    queues.manifest(manifestId, reason, now() + (purge ? graceMs : Math.max(graceMs, keepMs)))
  }

  function admitMove(repositoryId: number, tag: Tag, old: PointerRow, change: Change): void {
    if (change.mayOverwrite === false) {
      throw new RefusedError({ reason: 'overwrite', tag, digest: fromColumn(old.digest) })
    }
    guard.change('overwrite', repositoryId, tag, old.digest)
  }

  function pointOne(target: TagTarget, tag: Tag, change: Change): void {
    const { repositoryId, manifestId, digest } = target
    const old = current.get(repositoryId, tag)
    if (old?.manifestId === manifestId) return
    if (old) admitMove(repositoryId, tag, old, change)
    point.run(repositoryId, tag, manifestId, now())
    usage.tagCame(repositoryId, old === undefined)
    record.run({ repositoryId, tag, from: old?.digest ?? null, to: digest, ...noted(change) })
    if (old === undefined) return
    lose(old, 'tag moved', change)
    const detail = { from: fromColumn(old.digest) }
    activity.note('tag', change.by, { repository: repositoryId, tag, digest, detail })
  }

  return {
    point(target, tags, change) {
      for (const tag of tags) pointOne(target, tag, change)
      if (tags.length > 0) queues.manifestHeld(target.manifestId)
    },
    remove(repositoryId, tag, change) {
      const old = current.get(repositoryId, tag)
      if (!old) return false
      guard.change('delete', repositoryId, tag, old.digest)
      remove.run(repositoryId, tag)
      usage.tagWent(repositoryId)
      record.run({ repositoryId, tag, from: old.digest, to: null, ...noted(change) })
      lose(old, 'tag deleted', change)
      return true
    },
    removeAllOf(manifestId, digest, change) {
      guard.removeTagsOf(manifestId)
      recordAll.run({ manifestId, from: digest, ...noted(change) })
      usage.tagsGo(manifestId)
      removeAll.run(manifestId)
    },
  }
}
