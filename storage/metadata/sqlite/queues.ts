import type { Context } from './context.ts'

/**
 * The collector's work list. Every function runs inside of its caller's transaction. A row that is
 * there already is only ever put off, never hurried: whoever came last gets the full grace.
 */
export interface Queues {
  blob(blobId: number, reason: string): void
  manifest(manifestId: number, reason: string): void
  /** Puts a waiting manifest off; no row is made. */
  postponeManifest(manifestId: number): void
  /** All that may lose its last holder with this manifest: its blobs, children and referrers. */
  dependents(manifestId: number): void
}

const putOff = 'DO UPDATE SET due_at = max(due_at, excluded.due_at), reason = excluded.reason'

export const queueSql = {
  blob: `INSERT INTO gc_blob_queue (blob_id, due_at, reason) VALUES (?, ?, ?)
    ON CONFLICT (blob_id) ${putOff}`,
  manifest: `INSERT INTO gc_manifest_queue (manifest_id, due_at, reason) VALUES (?, ?, ?)
    ON CONFLICT (manifest_id) ${putOff}`,
  postpone: 'UPDATE gc_manifest_queue SET due_at = max(due_at, ?) WHERE manifest_id = ?',
  blobsOf: `INSERT INTO gc_blob_queue (blob_id, due_at, reason)
    SELECT blob_id, ?, 'manifest deleted' FROM manifest_blobs WHERE manifest_id = ?
    ON CONFLICT (blob_id) ${putOff}`,
  childrenOf: `INSERT INTO gc_manifest_queue (manifest_id, due_at, reason)
    SELECT child_id, ?, 'index deleted' FROM manifest_references WHERE parent_id = ?
    ON CONFLICT (manifest_id) ${putOff}`,
  referrersOf: `INSERT INTO gc_manifest_queue (manifest_id, due_at, reason)
    SELECT r.id, ?, 'subject deleted' FROM manifests s
    JOIN manifests r ON r.repository_id = s.repository_id AND r.subject_digest = s.digest
    WHERE s.id = ? ON CONFLICT (manifest_id) ${putOff}`,
}

export function createQueues({ db, now, graceMs }: Context): Queues {
  const blob = db.prepare<[number, number, string]>(queueSql.blob)
  const manifest = db.prepare<[number, number, string]>(queueSql.manifest)
  const postpone = db.prepare<[number, number]>(queueSql.postpone)
  const dependents = [queueSql.blobsOf, queueSql.childrenOf, queueSql.referrersOf].map((text) =>
    db.prepare<[number, number]>(text),
  )
  return {
    blob(blobId, reason) {
      blob.run(blobId, now() + graceMs, reason)
    },
    manifest(manifestId, reason) {
      manifest.run(manifestId, now() + graceMs, reason)
    },
    postponeManifest(manifestId) {
      postpone.run(now() + graceMs, manifestId)
    },
    dependents(manifestId) {
      const dueAt = now() + graceMs
      for (const statement of dependents) statement.run(dueAt, manifestId)
    },
  }
}
