import type { RepositoryName } from '../../../src/oci/name.ts'
import { type Bound, countAlong, type VisibleNames } from './along.ts'
import type { Context } from './context.ts'

export const holderSql = {
  repositories: `SELECT count(*) FROM (SELECT 1 FROM repositories
    WHERE name >= @from AND name < @to LIMIT @limit)`,
  among: `SELECT r.name, coalesce(c.manifests, 0) AS manifests
    FROM repositories r CROSS JOIN repository_blobs l ON l.repository_id = r.id AND l.blob_id = @blobId
    LEFT JOIN repository_contents c ON c.repository_id = r.id AND c.blob_id = l.blob_id
    WHERE r.name >= @from AND r.name < @to`,
  first: `SELECT r.name, coalesce(c.manifests, 0) AS manifests
    FROM repository_blobs l INDEXED BY repository_blobs_blob
    CROSS JOIN repositories r ON r.id = l.repository_id
    LEFT JOIN repository_contents c ON c.repository_id = r.id AND c.blob_id = l.blob_id
    WHERE l.blob_id = @blobId LIMIT @limit`,
}

/** A repository that has a right to a blob. */
export interface Holder {
  readonly name: RepositoryName
  /** Live manifests there that name it. */
  readonly manifests: number
}

/** Repositories, or holders of one blob, that are looked at for one answer: some milliseconds. */
const mostLooked = 3000

/**
 * Finds the visible holders of a blob: if few repositories are visible, all of them are asked; if many
 * are, the first who hold it.
 */
export function createVisibleHolders({ reads }: Context) {
  const repositories = reads.prepareColumn<[Bound], number>(holderSql.repositories)
  const among = reads.prepare<[Omit<Bound, 'limit'> & { blobId: number }], Holder>(holderSql.among)
  const first = reads.prepare<[{ blobId: number; limit: number }], Holder>(holderSql.first)

  return (blobId: number, visible: VisibleNames): readonly Holder[] => {
    const count = (bound: Bound) => repositories.get(bound) ?? 0
    const areFew = countAlong(visible, mostLooked, count) < mostLooked
    const holders = areFew
      ? visible.ranges.flatMap(({ from, to = '~' }) => among.all({ blobId, from, to }))
      : first.all({ blobId, limit: mostLooked })
    return holders.filter(({ name }) => visible.includes(name))
  }
}
