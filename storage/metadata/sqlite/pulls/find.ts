import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { Tag } from '../../../../src/oci/reference.ts'
import type { DayPulls, PullCount, PullTable } from '../../pulls/store.ts'
import type { Context } from '../context.ts'
import { digestColumnHex, fromColumn, toColumn } from '../digest-column.ts'

const count = 'p.pulls, p.last_pulled_at AS lastPulledAt'

export const findPullSql = {
  ofTags: `SELECT p.name AS tag, ${count} FROM repositories r JOIN tag_pulls p
    ON p.repository_id = r.id AND p.name IN (SELECT value FROM json_each(@wanted))
    WHERE r.name = @repository`,
  ofManifests: `SELECT m.digest, ${count} FROM repositories r JOIN manifests m
    ON m.repository_id = r.id AND m.digest IN (SELECT unhex(value) FROM json_each(@wanted))
    JOIN manifest_pulls p ON p.manifest_id = m.id
    WHERE r.name = @repository AND m.deleted_at IS NULL`,
  days: `SELECT p.day, ${count} FROM repositories r JOIN repository_pulls p
    ON p.repository_id = r.id AND p.day >= @from AND p.day < @to
    WHERE r.name = @repository ORDER BY p.day`,
  indexesOf: `SELECT i.digest FROM repositories r
    JOIN manifests i ON i.repository_id = r.id
      AND i.digest IN (SELECT unhex(value) FROM json_each(@wanted))
    JOIN manifests m ON m.repository_id = r.id AND m.digest = @manifest
    JOIN manifest_references e ON e.parent_id = i.id AND e.child_id = m.id
    WHERE r.name = @repository`,
}

interface Wanted {
  readonly repository: RepositoryName
  /** JSON list. */
  readonly wanted: string
}

function countOf({ pulls, lastPulledAt }: PullCount): PullCount {
  return { pulls, lastPulledAt }
}

export function createFindPulls({
  reads,
}: Context): Omit<PullTable, 'record' | 'counting' | 'countedSince'> {
  const ofTags = reads.prepare<[Wanted], PullCount & { tag: Tag }>(findPullSql.ofTags)
  const ofManifests = reads.prepare<[Wanted], PullCount & { digest: Buffer }>(
    findPullSql.ofManifests,
  )
  const days = reads.prepare<[{ repository: RepositoryName; from: number; to: number }], DayPulls>(
    findPullSql.days,
  )
  const indexesOf = reads.prepareColumn<[Wanted & { manifest: Buffer }], Buffer>(
    findPullSql.indexesOf,
  )
  return {
    async ofTags(repository, tags) {
      const rows = ofTags.all({ repository, wanted: JSON.stringify(tags) })
      return new Map(rows.map((row) => [row.tag, countOf(row)]))
    },
    async ofManifests(repository, digests) {
      const wanted = JSON.stringify(digests.map(digestColumnHex))
      const rows = ofManifests.all({ repository, wanted })
      return new Map(rows.map((row) => [fromColumn(row.digest), countOf(row)]))
    },
    async repositoryDays(repository, from, to) {
      return days.all({ repository, from, to })
    },
    async indexesOf(repository, manifest, indexes) {
      const wanted = JSON.stringify(indexes.map(digestColumnHex))
      const rows = indexesOf.all({ repository, wanted, manifest: toColumn(manifest) })
      return new Set(rows.map(fromColumn))
    },
  }
}
