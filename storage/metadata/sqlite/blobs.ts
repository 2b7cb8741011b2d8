import type { Digest } from '../../../src/oci/digest.ts'
import type { BlobRecord, BlobTable, CommittedBlob } from '../store.ts'
import type { Context } from './context.ts'
import { toColumn } from './digest-column.ts'
import type { Queues } from './queues.ts'
import { type BlobRow, type Named, type Rights, rightsSql } from './rights.ts'
import type { TrashRows } from './trash.ts'
import { uploadSql } from './uploads.ts'

export const blobSql = {
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
}

/** Ends uploads; the functions run inside of their caller's transaction. */
function createCommit({ db, now }: Context, { rights, queues, trash }: BlobParts) {
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
    return { replaced }
  }
  return commit
}

function toRecord(digest: Digest, { size, key }: BlobRow): BlobRecord {
  return { digest, size, key }
}

export function createBlobs(context: Context, parts: BlobParts): BlobTable {
  const { db, reads, write } = context
  const { rights } = parts
  const commit = createCommit(context, parts)
  const inRepository = reads.prepare<[Named], BlobRow>(rightsSql.find)
  const anywhere = db.prepare<[Buffer], BlobRow>(blobSql.anywhere)
  return {
    async find(repository, digest) {
      const row = inRepository.get({ name: repository, digest: toColumn(digest) })
      return row && toRecord(digest, row)
    },
    commit: (upload, blob) => write(() => commit(upload, blob)),
    mount: (digest, to, from) =>
      write(() => {
        const source = () =>
          from === undefined ? anywhere.get(toColumn(digest)) : rights.find(from, digest)
        const row = rights.find(to, digest) ?? source()
        if (!row) return undefined
        rights.grant(to, digest, row.id)
        return toRecord(digest, row)
      }),
    unlink: (repository, digest) => write(() => rights.revoke(repository, digest)),
  }
}
