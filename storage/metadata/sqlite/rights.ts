import type { Digest } from '../../../src/oci/digest.ts'
import type { RepositoryName } from '../../../src/oci/name.ts'
import type { StorageKey } from '../../blobs/store.ts'
import { type Context, leaseMs } from './context.ts'
import { toColumn } from './digest-column.ts'
import type { Pending } from './pending.ts'
import type { RepositoryRows } from './repositories.ts'

export interface BlobRow {
  readonly id: number
  readonly size: number
  readonly key: StorageKey
}

/** Which repository may use which blob; every function runs inside of its caller's transaction. */
export interface Rights {
  /** The blob, if the repository has a right to it and it is sound. */
  find(repository: RepositoryName, digest: Digest): BlobRow | undefined
  /** Keeps the blob for the grace from now on, and a little longer. */
  lease(repository: RepositoryName, blobId: number): void
  blobId(repositoryId: number, digest: Buffer): number | undefined
  /** Gives or renews the right, keeps the blob for the grace period, makes the repository. */
  grant(repository: RepositoryName, digest: Digest, blobId: number): void
  revoke(repository: RepositoryName, digest: Digest): boolean
}

export const rightsSql = {
  find: `SELECT b.id, b.size, b.storage_key AS key FROM repositories r
    JOIN blobs b ON b.digest = @digest
    JOIN repository_blobs l ON l.repository_id = r.id AND l.blob_id = b.id
    WHERE r.name = @name AND b.damage IS NULL`,
  lease: `UPDATE repository_blobs SET lease_until = max(lease_until, @until) WHERE blob_id = @blobId
    AND repository_id = (SELECT id FROM repositories WHERE name = @name)`,
  id: `SELECT b.id FROM blobs b
    JOIN repository_blobs l ON l.repository_id = ? AND l.blob_id = b.id
    WHERE b.digest = ? AND b.damage IS NULL`,
  grant: `INSERT INTO repository_blobs (repository_id, blob_id, lease_until) VALUES (?, ?, ?)
    ON CONFLICT (repository_id, blob_id)
    DO UPDATE SET lease_until = max(lease_until, excluded.lease_until)`,
  revoke: `DELETE FROM repository_blobs
    WHERE repository_id = (SELECT id FROM repositories WHERE name = @name)
    AND blob_id = (SELECT id FROM blobs WHERE digest = @digest)`,
}

/** What {@link rightsSql}'s `find` binds. */
export interface Named {
  readonly name: string
  readonly digest: Buffer
}

export function createRights(
  { db, now, graceMs }: Context,
  repositories: RepositoryRows,
  pending: Pending,
): Rights {
  const find = db.prepare<[Named], BlobRow>(rightsSql.find)
  const id = db.prepare<[number, Buffer], { id: number }>(rightsSql.id)
  const grant = db.prepare<[number, number, number]>(rightsSql.grant)
  const lease = db.prepare<[{ name: string; blobId: number; until: number }]>(rightsSql.lease)
  const revoke = db.prepare<[Named]>(rightsSql.revoke)
  return {
    find: (name, digest) => find.get({ name, digest: toColumn(digest) }),
    lease(name, blobId) {
      lease.run({ name, blobId, until: now() + leaseMs(graceMs) })
    },
    blobId: (repositoryId, digest) => id.get(repositoryId, digest)?.id,
    grant(name, digest, blobId) {
      const repositoryId = repositories.ensure(name)
      grant.run(repositoryId, blobId, now() + graceMs)
      pending.blobArrived(repositoryId, toColumn(digest), blobId)
    },
    revoke: (name, digest) => revoke.run({ name, digest: toColumn(digest) }).changes > 0,
  }
}
