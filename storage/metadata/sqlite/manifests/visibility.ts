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
  /** Brings it back, without its tags; the caller sees to it that something holds it. */
  reveal(manifest: ManifestRow): void
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
  reveal: 'UPDATE manifests SET deleted_at = NULL, deletion_id = NULL WHERE id = ?',
  purge: `UPDATE tag_history SET purged = 1
    WHERE repository_id = ? AND old_digest = ? AND purged = 0`,
}

export function createVisibility(context: Context, parts: VisibilityParts): Visibility {
  const { db, now, graceMs, keepMs } = context
  const { repositories, pending, pointers, queues, usage } = parts
  const hide = db.prepare<[number, number | null, number]>(visibilitySql.hide)
  const reveal = db.prepare<[number]>(visibilitySql.reveal)
  const purge = db.prepare<[number, Buffer]>(visibilitySql.purge)

  return {
    hide({ id, repositoryId, digest }, change) {
      pointers.removeAllOf(id, digest, change)
      usage.manifestWent(id)
      hide.run(now(), change.deletion ?? null, id)
      if (change.purge) {
        purge.run(repositoryId, digest)
        queues.announceBlobs(id)
      }
      const wait = change.purge ? graceMs : Math.max(graceMs, keepMs)
      queues.manifestDeleted(id, now() + wait)
    },
    reveal({ id, repositoryId, digest }) {
      reveal.run(id)
      pending.manifestArrived(repositoryId, digest, id)
      usage.manifestCame(id)
      repositories.manifestCame(repositoryId)
    },
  }
}
