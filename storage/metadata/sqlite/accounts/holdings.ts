import type { Context } from '../context.ts'

/** What a change does to the sums of one repository, and of all, in bytes. */
export interface Difference {
  stored: number
  unique: number
  /** Blobs that some repository holds, and their bytes: each once. */
  blobs: number
  content: number
}

/**
 * Which repository's live manifests hold which blob. Every function runs inside of its caller's
 * transaction, and keeps the sums of all others that a change touches; those of the repository itself
 * are added to `sums`, for its caller to write once.
 */
export interface Holdings {
  /** The repository has its first live manifest with this blob. */
  enter(repositoryId: number, blob: Held, sums: Difference): void
  /** It has lost its last one. */
  leave(repositoryId: number, blob: Held, sums: Difference): void
}

export interface Held {
  readonly id: number
  /** Bytes. */
  readonly size: number
}

export const holdingsSql = {
  insert: 'INSERT INTO repository_contents (repository_id, blob_id, manifests) VALUES (?, ?, 1)',
  remove: 'DELETE FROM repository_contents WHERE repository_id = ? AND blob_id = ?',
  // Two say it all: none, one whose sum changes, or more.
  others: `SELECT repository_id FROM repository_contents
    WHERE blob_id = ? AND repository_id <> ? LIMIT 2`,
  addUnique: `UPDATE repository_accounts SET unique_bytes = unique_bytes + ?
    WHERE repository_id = ?`,
}

export function createHoldings({ db }: Pick<Context, 'db'>): Holdings {
  const insert = db.prepare<[number, number]>(holdingsSql.insert)
  const remove = db.prepare<[number, number]>(holdingsSql.remove)
  const others = db.prepare<[number, number], number>(holdingsSql.others).pluck()
  const addUnique = db.prepare<[number, number]>(holdingsSql.addUnique)

  /** @param sign 1 for a blob that comes into the repository, -1 for one that leaves it. */
  function settle(repositoryId: number, { id, size }: Held, sums: Difference, sign: 1 | -1): void {
    const [other, another] = others.all(id, repositoryId) as number[]
    sums.stored += sign * size
    if (other === undefined) {
      sums.unique += sign * size
      sums.blobs += sign
      sums.content += sign * size
    } else if (another === undefined) {
      addUnique.run(-sign * size, other)
    }
  }

  return {
    enter(repositoryId, blob, sums) {
      insert.run(repositoryId, blob.id)
      settle(repositoryId, blob, sums, 1)
    },
    leave(repositoryId, blob, sums) {
      remove.run(repositoryId, blob.id)
      settle(repositoryId, blob, sums, -1)
    },
  }
}
