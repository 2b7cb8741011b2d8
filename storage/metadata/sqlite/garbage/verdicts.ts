import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { StorageKey } from '../../../blobs/store.ts'
import type { GcPolicy } from '../../garbage/store.ts'
import { pushedByDigest } from '../queues.ts'

/*
 * What the collector decides by, and how: the same for a collection and for its preview. A row of the
 * queue that is due is read together with all that may hold it.
 */

/** `remove` it, `release` it from the queue because something holds it, or look again at a time. */
export type Verdict = 'remove' | 'release' | number

export interface DueManifest {
  readonly id: number
  readonly repositoryId: number
  readonly repository: RepositoryName
  readonly digest: Buffer
  readonly size: number
  readonly reason: string
  readonly deleted: number
  readonly tagged: number
  readonly inIndex: number
  readonly hasSubject: number
  /** When a tag last left it in a way that can be undone. */
  readonly leftAt: number | null
  /** Until when a deleted index that lists it can be brought back. */
  readonly indexUntil: number | null
  /** When a push last moved that may count on it. */
  readonly pushedAt: number | null
}

export interface DueBlob {
  readonly id: number
  readonly digest: Buffer
  readonly size: number
  readonly key: StorageKey
  readonly reason: string
  readonly held: number
  readonly leaseUntil: number | null
  /** When a push last moved that may have found it or brought it. */
  readonly pushedAt: number | null
}

export const verdictSql = {
  manifests: `SELECT q.manifest_id AS id, m.repository_id AS repositoryId, r.name AS repository,
      m.digest, m.size, q.reason, m.deleted_at IS NOT NULL AS deleted,
      EXISTS (SELECT 1 FROM tags t WHERE t.manifest_id = m.id) AS tagged,
      EXISTS (SELECT 1 FROM manifest_references e WHERE e.child_id = m.id) AS inIndex,
      EXISTS (SELECT 1 FROM manifests s WHERE s.repository_id = m.repository_id
        AND s.digest = m.subject_digest) AS hasSubject,
      (SELECT max(h.at) FROM tag_history h WHERE h.repository_id = m.repository_id
        AND h.old_digest = m.digest AND h.old_digest IS NOT NULL AND h.purged = 0) AS leftAt,
      (SELECT max(w.due_at) FROM manifest_references e JOIN manifests p ON p.id = e.parent_id
        JOIN gc_manifest_queue w ON w.manifest_id = p.id
        WHERE e.child_id = m.id AND p.deleted_at IS NOT NULL) AS indexUntil,
      (SELECT max(s.until) FROM push_spans s WHERE s.repository = r.name
        AND s.until > @movesAsOf - @grace AND q.since >= s.since - @grace) AS pushedAt
    FROM gc_manifest_queue q JOIN manifests m ON m.id = q.manifest_id
    JOIN repositories r ON r.id = m.repository_id
    WHERE q.due_at <= @now ORDER BY q.due_at LIMIT @limit`,
  // A push that had begun by then may count on what was there in the last grace before it.
  blobs: `SELECT q.blob_id AS id, b.digest, b.size, b.storage_key AS key, q.reason,
      EXISTS (SELECT 1 FROM manifest_blobs e WHERE e.blob_id = b.id) AS held,
      (SELECT max(l.lease_until) FROM repository_blobs l WHERE l.blob_id = b.id) AS leaseUntil,
      (SELECT max(s.until) FROM repository_blobs l JOIN repositories r ON r.id = l.repository_id
        JOIN push_spans s ON s.repository = r.name
        WHERE l.blob_id = b.id AND s.until > @movesAsOf - @grace
        AND max(l.lease_until, q.since) >= s.since - @grace) AS pushedAt
    FROM gc_blob_queue q JOIN blobs b ON b.id = q.blob_id
    WHERE q.due_at <= @now ORDER BY q.due_at LIMIT @limit`,
}

export interface Times {
  readonly now: number
  readonly graceMs: number
  readonly keepMs: number
  /** When it was last looked which pushes moved. */
  readonly movesAsOf: number
}

/** What the statements bind. */
export function boundOf({ now, graceMs, movesAsOf }: Times, limit: number) {
  return { now, grace: graceMs, movesAsOf, limit }
}

const long = Number.NEGATIVE_INFINITY

/** A push that went on at the last look goes on; it is looked at again before long. */
function pushedUntil({ pushedAt }: DueManifest | DueBlob, { now, graceMs }: Times): number {
  return pushedAt === null ? long : Math.max(pushedAt + graceMs, now + graceMs / 8)
}

export function judgeManifest(row: DueManifest, policy: GcPolicy, times: Times): Verdict {
  const deleted = row.deleted === 1
  if (!deleted && row.tagged + row.inIndex + row.hasSubject > 0) return 'release'
  const until = Math.max(
    (row.leftAt ?? long) + times.keepMs,
    deleted ? (row.indexUntil ?? long) : long,
    pushedUntil(row, times),
  )
  if (until > times.now) return until
  return !deleted && row.reason === pushedByDigest && !policy.untagged ? 'release' : 'remove'
}

export function judgeBlob(row: DueBlob, times: Times): Verdict {
  if (row.held === 1) return 'release'
  const until = Math.max(row.leaseUntil ?? 0, pushedUntil(row, times))
  return until > times.now ? until : 'remove'
}
