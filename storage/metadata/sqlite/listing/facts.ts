import type { Digest } from '../../../../src/oci/digest.ts'
import type { Tag } from '../../../../src/oci/reference.ts'
import { type ListingTable, mostNamed, mostReferrers } from '../../listing/store.ts'
import type { Context } from '../context.ts'
import { digestColumnHex, fromColumn } from '../digest-column.ts'

/** The manifests of a page, as rows. */
const wanted = `json_each(@digests) d CROSS JOIN manifests m
  ON m.repository_id = (SELECT id FROM repositories WHERE name = @name)
  AND m.digest = unhex(d.value) AND m.deleted_at IS NULL`

export const listedFactSql = {
  sizes: `WITH RECURSIVE
    roots (id) AS MATERIALIZED (SELECT m.id FROM ${wanted}),
    reach (root, id) AS (
      SELECT id, id FROM roots
      UNION
      SELECT reach.root, c.id FROM reach
        CROSS JOIN manifest_references e ON e.parent_id = reach.id
        CROSS JOIN manifests c ON c.id = e.child_id AND c.deleted_at IS NULL),
    held (root, blob) AS (
      SELECT DISTINCT reach.root, e.blob_id FROM reach
        CROSS JOIN manifest_blobs e ON e.manifest_id = reach.id),
    parts (root, size) AS (
      SELECT reach.root, c.size FROM reach CROSS JOIN manifests c ON c.id = reach.id
      UNION ALL
      SELECT held.root, b.size FROM held CROSS JOIN blobs b ON b.id = held.blob)
    SELECT (SELECT digest FROM manifests WHERE id = root) AS digest, sum(size) AS size
    FROM parts GROUP BY root`,
  bodies: `SELECT m.digest, b.body FROM ${wanted}
    CROSS JOIN manifest_bodies b ON b.manifest_id = m.id WHERE m.size <= @maxSize`,
  companions: `SELECT m.digest,
      (SELECT json_group_array(name) FROM (SELECT t.name FROM tags t
        WHERE t.manifest_id = m.id AND t.repository_id = m.repository_id
        ORDER BY t.name LIMIT ${mostNamed + 1})) AS tags,
      (SELECT json_group_object(type, n) FROM (SELECT type, count(*) AS n FROM (
        SELECT coalesce(s.artifact_type, '') AS type FROM manifests s
        WHERE s.repository_id = m.repository_id AND s.subject_digest = m.digest
          AND s.deleted_at IS NULL LIMIT ${mostReferrers}) GROUP BY type)) AS referrers
    FROM ${wanted}`,
}

interface Bound {
  readonly name: string
  /** A JSON array of digests as hex digits of their columns. */
  readonly digests: string
}

interface OfDigest {
  readonly digest: Buffer
}

type Facts = Pick<ListingTable, 'pullSizes' | 'bodies' | 'companions'>

function boundOf(name: string, digests: readonly Digest[]): Bound {
  return { name, digests: JSON.stringify([...new Set(digests)].map(digestColumnHex)) }
}

function byDigest<Row extends OfDigest, Fact>(
  rows: readonly Row[],
  factOf: (row: Row) => Fact,
): ReadonlyMap<Digest, Fact> {
  return new Map(rows.map((row) => [fromColumn(row.digest), factOf(row)]))
}

/** What is told about all manifests of a page at once: one statement each. */
export function createListedFacts({ reads }: Context): Facts {
  const sizes = reads.prepare<[Bound], OfDigest & { size: number }>(listedFactSql.sizes)
  const bodies = reads.prepare<[Bound & { maxSize: number }], OfDigest & { body: Buffer }>(
    listedFactSql.bodies,
  )
  const companions = reads.prepare<[Bound], OfDigest & { tags: string; referrers: string }>(
    listedFactSql.companions,
  )
  return {
    async pullSizes(repository, digests) {
      return byDigest(sizes.all(boundOf(repository, digests)), ({ size }) => size)
    },
    async bodies(repository, digests, maxSize) {
      const rows = bodies.all({ ...boundOf(repository, digests), maxSize })
      return byDigest(rows, ({ body }) => body)
    },
    async companions(repository, digests) {
      return byDigest(companions.all(boundOf(repository, digests)), ({ tags, referrers }) => ({
        tags: JSON.parse(tags) as Tag[],
        referrers: JSON.parse(referrers) as Record<string, number>,
      }))
    },
  }
}
