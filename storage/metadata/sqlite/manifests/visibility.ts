import type { Usage } from '../accounts/usage.ts'
import type { Change } from '../change.ts'
import type { Context } from '../context.ts'
import type { Pending } from '../pending.ts'
import type { Queues } from '../queues.ts'
import type { RepositoryRows } from '../repositories.ts'
import type { TagPointers } from '../tag-pointers.ts'

/** A manifest's row. */
export interface ManifestRow {
  readonly id: number
  readonly repositoryId: number
  readonly digest: Buffer
}

/** Deleting that can be undone; every function runs inside of its caller's transaction. */
export interface Visibility {
  /** Takes a manifest and its tags out of sight. The caller tells the repository. */
  hide(manifest: ManifestRow, change: Change): void
  /** Keeps a hidden one, and its blobs, no longer than for the grace. */
  purge(manifest: ManifestRow): void
  /**
   * Brings it back, without its tags, with all it is made of and what refers to it and went with it;
   * the caller sees to it that something holds it.
   */
  reveal(manifest: ManifestRow): void
  /** Brings back what a visible index lists: other deletions took it when they took other indexes. */
  revealChildren(manifestId: number): void
}

export interface VisibilityParts {
  readonly repositories: RepositoryRows
  readonly pending: Pending
  readonly pointers: TagPointers
  readonly queues: Queues
  readonly usage: Usage
}

export const visibilitySql = {
  hide: 'UPDATE manifests SET deleted_at = ?, deletion_id = ? WHERE id = ?',
  reveal: `UPDATE manifests SET deleted_at = NULL, deletion_id = NULL
    WHERE id = ? AND deleted_at IS NOT NULL`,
  children: `SELECT m.id, m.repository_id AS repositoryId, m.digest FROM manifest_references e
    JOIN manifests m ON m.id = e.child_id WHERE e.parent_id = ? AND m.deleted_at IS NOT NULL`,
  referrers: `SELECT r.id, r.repository_id AS repositoryId, r.digest FROM manifests s
    JOIN manifests r ON r.repository_id = s.repository_id AND r.subject_digest = s.digest
    WHERE s.id = ? AND r.deletion_id = s.deletion_id`,
  purge: `UPDATE tag_history SET purged = 1
    WHERE repository_id = ? AND old_digest = ? AND purged = 0`,
}

export function createVisibility(context: Context, parts: VisibilityParts): Visibility {
  const { db, now, graceMs, keepMs } = context
  const { repositories, pending, pointers, queues, usage } = parts
  const hide = db.prepare<[number, number | null, number]>(visibilitySql.hide)
  const reveal = db.prepare<[number]>(visibilitySql.reveal)
  const childrenOf = db.prepare<[number], ManifestRow>(visibilitySql.children)
  const referrersOf = db.prepare<[number], ManifestRow>(visibilitySql.referrers)
  const purgeMoves = db.prepare<[number, Buffer]>(visibilitySql.purge)

  function show({ id, repositoryId, digest }: ManifestRow): void {
    const referrers = referrersOf.all(id)
    if (reveal.run(id).changes === 0) return
    pending.manifestArrived(repositoryId, digest, id)
    usage.manifestCame(id)
    repositories.manifestCame(repositoryId)
    showHeld([...childrenOf.all(id), ...referrers])
  }

  function purge({ id, repositoryId, digest }: ManifestRow): void {
    purgeMoves.run(repositoryId, digest)
    queues.announceBlobs(id)
    queues.manifestDeleted(id, now() + graceMs)
  }

  /** An index or their subject holds them. */
  function showHeld(manifests: readonly ManifestRow[]): void {
    for (const manifest of manifests) {
      show(manifest)
      queues.manifestHeld(manifest.id)
    }
  }

  return {
    hide({ id, repositoryId, digest }, change) {
      pointers.removeAllOf(id, digest, change)
      usage.manifestWent(id)
      hide.run(now(), change.deletion ?? null, id)
      if (change.purge) purge({ id, repositoryId, digest })
      else queues.manifestDeleted(id, now() + Math.max(graceMs, keepMs))
    },
    purge,
    reveal: show,
    revealChildren(manifestId) {
      showHeld(childrenOf.all(manifestId))
    },
  }
}
