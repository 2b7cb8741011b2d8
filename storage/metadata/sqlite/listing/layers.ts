import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { Tag } from '../../../../src/oci/reference.ts'
import { type LayerFacts, type ListingTable, mostNamed } from '../../listing/store.ts'
import type { Context } from '../context.ts'
import { fromColumn, toColumn } from '../digest-column.ts'

export const listedLayerSql = {
  // All edges less those of deleted manifests: so neither count reads a row of a manifest that counts.
  layer: `SELECT b.size, b.created_at AS createdAt,
      (SELECT count(*) FROM repository_blobs l WHERE l.blob_id = b.id) AS repositories,
      (SELECT count(*) FROM manifest_blobs e WHERE e.blob_id = b.id) -
      (SELECT count(*) FROM manifests m INDEXED BY manifests_gone
        CROSS JOIN manifest_blobs e ON e.manifest_id = m.id AND e.blob_id = b.id
        WHERE m.deleted_at IS NOT NULL) AS manifests
    FROM blobs b WHERE b.digest = ?`,
  users: `SELECT m.id AS position, r.name AS repository, m.digest,
      (SELECT json_group_array(name) FROM (SELECT DISTINCT t.name FROM (
          SELECT m.id AS id UNION ALL
          SELECT parent_id FROM (SELECT p.parent_id FROM manifest_references p
            WHERE p.child_id = m.id LIMIT ${mostNamed})) holders
        CROSS JOIN tags t ON t.manifest_id = holders.id
        LIMIT ${mostNamed})) AS tags
    FROM blobs b CROSS JOIN manifest_blobs e ON e.blob_id = b.id
      CROSS JOIN manifests m ON m.id = e.manifest_id AND m.deleted_at IS NULL
      CROSS JOIN repositories r ON r.id = m.repository_id
    WHERE b.digest = @digest AND e.manifest_id > @after ORDER BY e.manifest_id LIMIT @limit`,
}

interface UserBound {
  readonly digest: Buffer
  readonly after: number
  readonly limit: number
}

interface UserRow {
  readonly position: number
  readonly repository: RepositoryName
  readonly digest: Buffer
  readonly tags: string
}

export function createListedLayers({ reads }: Context): Pick<ListingTable, 'layer' | 'layerUsers'> {
  const layer = reads.prepare<[Buffer], LayerFacts>(listedLayerSql.layer)
  const users = reads.prepare<[UserBound], UserRow>(listedLayerSql.users)
  return {
    async layer(digest) {
      return layer.get(toColumn(digest))
    },
    async layerUsers(digest, { after = 0, limit }) {
      const rows = users.all({ digest: toColumn(digest), after, limit: limit + 1 })
      const shown = rows.slice(0, limit)
      const items = shown.map((row) => ({
        repository: row.repository,
        digest: fromColumn(row.digest),
        tags: JSON.parse(row.tags) as Tag[],
      }))
      const last = shown.at(-1)
      return rows.length > limit && last ? { items, next: last.position } : { items }
    },
  }
}
