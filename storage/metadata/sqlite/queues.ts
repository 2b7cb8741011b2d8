import { type Context, leaseMs } from './context.ts'

/**
 * The collector's work list. Every function runs inside of its caller's transaction. A row that is
 * there already is only ever put off, never hurried: whoever came last gets the full grace.
 */
export interface Queues {
  blob(blobId: number, reason: string): void
  /** @param dueAt after the grace if absent. */
  manifest(manifestId: number, reason: string, dueAt?: number): void
  /** It was deleted: looked at then, whatever it waited for before. */
  manifestDeleted(manifestId: number, dueAt: number): void
  /** Puts a waiting manifest off, which was pushed by digest again; no row is made. */
  pushedAgain(manifestId: number): void
  /** All that may lose its last holder with this manifest: its blobs, children and referrers. */
  dependents(manifestId: number): void
  /** Its blobs alone, ahead of time: when it is collected they have waited already. */
  announceBlobs(manifestId: number): void
  /** Somebody was told that it is there; no row is made. */
  leaseManifest(manifestId: number): void
  /** Somebody holds it now: there is nothing to look at until it is let go. */
  blobHeld(blobId: number): void
  manifestHeld(manifestId: number): void
}

/** The reason of manifests that nobody has let go: nobody held them yet. */
export const pushedByDigest = 'pushed without a tag'

const putOff = `DO UPDATE SET due_at = max(due_at, excluded.due_at), reason = excluded.reason,
    since = excluded.since`

export const queueSql = {
  blobHeld: 'DELETE FROM gc_blob_queue WHERE blob_id = ?',
  manifestHeld: 'DELETE FROM gc_manifest_queue WHERE manifest_id = ?',
  blob: `INSERT INTO gc_blob_queue (blob_id, due_at, since, reason)
    VALUES (@id, @dueAt, @now, @reason) ON CONFLICT (blob_id) ${putOff}`,
  manifest: `INSERT INTO gc_manifest_queue (manifest_id, due_at, since, reason)
    VALUES (@id, @dueAt, @now, @reason) ON CONFLICT (manifest_id) ${putOff}`,
  deleted: `INSERT INTO gc_manifest_queue (manifest_id, due_at, since, reason)
    VALUES (@id, @dueAt, @now, 'deleted') ON CONFLICT (manifest_id)
    DO UPDATE SET due_at = excluded.due_at, reason = excluded.reason, since = excluded.since`,
  postpone: `UPDATE gc_manifest_queue SET due_at = max(due_at, @dueAt), since = @now,
    reason = @reason WHERE manifest_id = @id`,
  lease: `UPDATE gc_manifest_queue SET due_at = max(due_at, @dueAt), since = @now
    WHERE manifest_id = @id`,
  // One that waits already was announced with its manifest, or came on its own; neither began anew.
  blobsOf: `INSERT INTO gc_blob_queue (blob_id, due_at, since, reason)
    SELECT blob_id, @dueAt, @now, 'manifest removed' FROM manifest_blobs WHERE manifest_id = @id
    ON CONFLICT (blob_id) DO UPDATE SET reason = excluded.reason`,
  announce: `INSERT INTO gc_blob_queue (blob_id, due_at, since, reason)
    SELECT blob_id, @dueAt, @now, 'manifest deleted' FROM manifest_blobs WHERE manifest_id = @id
    ON CONFLICT (blob_id) ${putOff}`,
  childrenOf: `INSERT INTO gc_manifest_queue (manifest_id, due_at, since, reason)
    SELECT child_id, @dueAt, @now, 'index removed' FROM manifest_references WHERE parent_id = @id
    ON CONFLICT (manifest_id) ${putOff}`,
  referrersOf: `INSERT INTO gc_manifest_queue (manifest_id, due_at, since, reason)
    SELECT r.id, @dueAt, @now, 'subject removed' FROM manifests s
    JOIN manifests r ON r.repository_id = s.repository_id AND r.subject_digest = s.digest
    WHERE s.id = @id ON CONFLICT (manifest_id) ${putOff}`,
}

interface Bound {
  readonly id: number
  readonly dueAt: number
  readonly now: number
}

export function createQueues({ db, now, graceMs }: Context): Queues {
  const blob = db.prepare<[Bound & { readonly reason: string }]>(queueSql.blob)
  const manifest = db.prepare<[Bound & { readonly reason: string }]>(queueSql.manifest)
  const deleted = db.prepare<[Bound]>(queueSql.deleted)
  const postpone = db.prepare<[Bound & { readonly reason: string }]>(queueSql.postpone)
  const blobsOf = db.prepare<[Bound]>(queueSql.blobsOf)
  const announce = db.prepare<[Bound]>(queueSql.announce)
  const lease = db.prepare<[Bound]>(queueSql.lease)
  const blobHeld = db.prepare<[number]>(queueSql.blobHeld)
  const manifestHeld = db.prepare<[number]>(queueSql.manifestHeld)
  const manifestsOf = [queueSql.childrenOf, queueSql.referrersOf].map((text) =>
    db.prepare<[Bound]>(text),
  )
  const bound = (id: number): Bound => ({ id, dueAt: now() + graceMs, now: now() })
  return {
    blob(blobId, reason) {
      blob.run({ ...bound(blobId), reason })
    },
    manifest(manifestId, reason, dueAt = now() + graceMs) {
      manifest.run({ id: manifestId, dueAt, now: now(), reason })
    },
    manifestDeleted(manifestId, dueAt) {
      deleted.run({ id: manifestId, dueAt, now: now() })
    },
    pushedAgain(manifestId) {
      postpone.run({ ...bound(manifestId), reason: pushedByDigest })
    },
    dependents(manifestId) {
      for (const statement of [blobsOf, ...manifestsOf]) statement.run(bound(manifestId))
    },
    announceBlobs(manifestId) {
      announce.run(bound(manifestId))
    },
    leaseManifest(manifestId) {
      lease.run({ id: manifestId, dueAt: now() + leaseMs(graceMs), now: now() })
    },
    blobHeld(blobId) {
      blobHeld.run(blobId)
    },
    manifestHeld(manifestId) {
      manifestHeld.run(manifestId)
    },
  }
}
