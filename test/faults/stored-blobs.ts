import { join } from 'node:path'
import Database from 'better-sqlite3'

/** A blob with a file, and a repository that may read it. */
export interface StoredBlob {
  readonly repository: string
  readonly digest: string
  readonly path: string
  /** Bytes. */
  readonly size: number
}

interface Row {
  readonly repository: string
  readonly key: string
  readonly size: number
}

/** All blobs that can be pulled from somewhere, once each. No server may be at work. */
export function readStoredBlobs(root: string): StoredBlob[] {
  const db = new Database(join(root, 'metadata.db'), { readonly: true })
  try {
    const rows = db
      .prepare<[], Row>(
        `SELECT min(r.name) AS repository, b.storage_key AS key, b.size FROM blobs b
         JOIN repository_blobs l ON l.blob_id = b.id JOIN repositories r ON r.id = l.repository_id
         GROUP BY b.id ORDER BY b.storage_key`,
      )
      .all()
    return rows.map(({ repository, key, size }) => {
      const [algorithm, , name = ''] = key.split('/')
      const digest = `${algorithm}:${name.split('-')[0]}`
      return { repository, digest, path: join(root, 'blobs', key), size }
    })
  } finally {
    db.close()
  }
}
