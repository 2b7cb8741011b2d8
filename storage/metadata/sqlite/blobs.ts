import type { Digest } from '../../../src/oci/digest.ts'
import type { BlobRecord, BlobTable, CommittedBlob, FoundBlob } from '../store.ts'
import type { ActivityRows } from './activity/rows.ts'
import { nobody } from './change.ts'
import type { Context } from './context.ts'
import { toColumn } from './digest-column.ts'
import type { PushSpans } from './push-spans.ts'
import type { Queues } from './queues.ts'
import type { BlobRow, Named, Rights } from './rights.ts'
import type { TrashRows } from './trash.ts'
import { uploadSql } from './uploads.ts'

export const blobSql = {
  // Expiring: nobody holds it, and less than the grace is left of what was promised.
  find: `SELECT b.id, b.size, b.storage_key AS key,
      l.lease_until < @promised AND EXISTS (SELECT 1 FROM gc_blob_queue q WHERE q.blob_id = b.id)
        AS expiring
    FROM repositories r JOIN blobs b ON b.digest = @digest
    JOIN repository_blobs l ON l.repository_id = r.id AND l.blob_id = b.id
    WHERE r.name = @name AND b.damage IS NULL`,
  insert: `INSERT INTO blobs (digest, size, storage_key, created_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (digest) DO NOTHING`,
  replaceKey: 'UPDATE blobs SET storage_key = ?, size = ?, damage = NULL WHERE id = ?',
  byDigest: 'SELECT id, size, storage_key AS key FROM blobs WHERE digest = ?',
  anywhere: `SELECT id, size, storage_key AS key FROM blobs b WHERE digest = ?
    AND damage IS NULL AND EXISTS (SELECT 1 FROM repository_blobs l WHERE l.blob_id = b.id)`,
}

export interface BlobParts {
  readonly rights: Rights
  readonly queues: Queues
  readonly trash: TrashRows
  readonly spans: PushSpans
  readonly activity: ActivityRows
}

interface FoundRow extends BlobRow {
  readonly expiring: number
}

interface FindBound extends Named {
  /** Who asks now is promised that it stays until then. */
  readonly promised: number
}

/** Ends uploads; the functions run inside of their caller's transaction. */
function createCommit({ db, now }: Context, { rights, queues, trash, spans }: BlobParts) {
  const endUpload = db.prepare<[string, string]>(uploadSql.end)
  const insert = db.prepare<[Buffer, number, string, number]>(blobSql.insert)
  const byDigest = db.prepare<[Buffer], BlobRow>(blobSql.byDigest)
  const replaceKey = db.prepare<[string, number, number]>(blobSql.replaceKey)

  /** The row of this digest; a new one waits for its first reference in the collector's queue. */
  function store({ digest, size, key }: BlobRecord): CommittedBlob & Pick<BlobRow, 'id'> {
    const column = toColumn(digest)
    const { changes, lastInsertRowid } = insert.run(column, size, key, now())
    if (changes > 0) {
      const id = Number(lastInsertRowid)
      queues.blob(id, 'uploaded')
      return { id, replaced: undefined }
    }
    const known = byDigest.get(column)
    if (!known) throw new Error(`the row of ${digest} vanished inside of a transaction`)
    replaceKey.run(key, size, known.id)
    trash.put(known.key, known.size)
    return { id: known.id, replaced: known.key }
  }

  const commit: (
    ...args: Parameters<BlobTable['commit']>
  ) => Awaited<ReturnType<BlobTable['commit']>> = (upload, blob) => {
    const open = endUpload.run(upload.id, upload.repository).changes > 0
    // An object already given up may be removed at any moment: no row may name it again.
    if (!open || trash.holds(blob.key)) {
      trash.put(blob.key, blob.size)
      return undefined
    }
    const { id, replaced } = store(blob)
    rights.grant(upload.repository, blob.digest, id)
    spans.extend({ ...upload, at: now() })
    return { replaced }
  }
  return commit
}

function toRecord(digest: Digest, { size, key }: BlobRow): BlobRecord {
  return { digest, size, key }
}

function toFound(digest: Digest, row: FoundRow): FoundBlob {
  const record = toRecord(digest, row)
  return row.expiring === 0 ? record : { ...record, expiring: true }
}

export function createBlobs(context: Context, parts: BlobParts): BlobTable {
  const { db, reads, write, now, graceMs } = context
  const { rights, spans } = parts
  const commit = createCommit(context, parts)
  const inRepository = reads.prepare<[FindBound], FoundRow>(blobSql.find)
  const anywhere = db.prepare<[Buffer], BlobRow>(blobSql.anywhere)
  const readAnywhere = reads.prepare<[Buffer], BlobRow>(blobSql.anywhere)
  return {
    async find(repository, digest) {
      const promised = now() + graceMs
      const row = inRepository.get({ name: repository, digest: toColumn(digest), promised })
      return row && toFound(digest, row)
    },
    async anywhere(digest) {
      const row = readAnywhere.get(toColumn(digest))
      return row && toRecord(digest, row)
    },
    lease: (repository, digest) =>
      write(() => {
        const row = rights.find(repository, digest)
        if (row) rights.lease(repository, row.id)
        return row && toRecord(digest, row)
      }),
    commit: (upload, blob) => write(() => commit(upload, blob)),
    mount: (digest, to, from, by) =>
      write(() => {
        const source = () =>
          from === undefined ? anywhere.get(toColumn(digest)) : rights.find(from, digest)
        const row = rights.find(to, digest) ?? source()
        if (!row) return undefined
        rights.grant(to, digest, row.id)
        if (by) spans.extend({ repository: to, client: by.client, startedAt: now(), at: now() })
        return toRecord(digest, row)
      }),
    unlink: (repository, digest, by = nobody) =>
      write(() => {
        if (!rights.revoke(repository, digest)) return false
        const blob = { repository, digest: toColumn(digest), detail: { blob: true } }
        parts.activity.note('delete', by, blob)
        return true
      }),
  }
}
