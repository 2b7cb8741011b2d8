import type { Visibility } from '../../../../src/access/rights.ts'
import type { Digest } from '../../../../src/oci/digest.ts'
import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { Tag } from '../../../../src/oci/reference.ts'
import {
  type LayerFacts,
  type LayerUser,
  type LayerUserQuery,
  type ListingTable,
  mostNamed,
  type Slice,
} from '../../listing/store.ts'
import type { Context } from '../context.ts'
import { fromColumn, toColumn } from '../digest-column.ts'
import { createVisibleHolders } from '../holders.ts'

/** A manifest that names the blob, with its repository and tags. */
const user = `SELECT m.id AS position, r.name AS repository, m.digest,
      (SELECT json_group_array(name) FROM (SELECT DISTINCT t.name FROM (
          SELECT m.id AS id UNION ALL
          SELECT parent_id FROM (SELECT p.parent_id FROM manifest_references p
            WHERE p.child_id = m.id LIMIT ${mostNamed})) holders
        CROSS JOIN tags t ON t.manifest_id = holders.id
        LIMIT ${mostNamed})) AS tags`

const naming = `FROM blobs b CROSS JOIN manifest_blobs e ON e.blob_id = b.id
      CROSS JOIN manifests m ON m.id = e.manifest_id AND m.deleted_at IS NULL
      CROSS JOIN repositories r ON r.id = m.repository_id
    WHERE b.digest = @digest AND e.manifest_id > @after ORDER BY e.manifest_id LIMIT @limit`

export const listedLayerSql = {
  blob: 'SELECT id, size, created_at AS createdAt FROM blobs WHERE digest = ?',
  // All edges less those of deleted manifests: so neither count reads a row of a manifest that counts.
  layer: `SELECT b.size, b.created_at AS createdAt,
      (SELECT count(*) FROM repository_blobs l WHERE l.blob_id = b.id) AS repositories,
      (SELECT count(*) FROM manifest_blobs e WHERE e.blob_id = b.id) -
      (SELECT count(*) FROM manifests m INDEXED BY manifests_gone
        CROSS JOIN manifest_blobs e ON e.manifest_id = m.id AND e.blob_id = b.id
        WHERE m.deleted_at IS NOT NULL) AS manifests
    FROM blobs b WHERE b.digest = ?`,
  users: `${user} ${naming}`,
  places: `SELECT m.id AS position, r.name AS repository ${naming}`,
  one: `${user} FROM manifests m CROSS JOIN repositories r ON r.id = m.repository_id WHERE m.id = ?`,
}

/** Manifests that are looked at for a page where some repositories are visible alone. */
const mostLooked = 2000

interface UserBound {
  readonly digest: Buffer
  readonly after: number
  readonly limit: number
}

interface Place {
  readonly position: number
  readonly repository: RepositoryName
}

interface UserRow extends Place {
  readonly digest: Buffer
  readonly tags: string
}

interface BlobRow extends Pick<LayerFacts, 'size' | 'createdAt'> {
  readonly id: number
}

type Users = Slice<LayerUser, number>

function toUser({ repository, digest, tags }: UserRow): LayerUser {
  return { repository, digest: fromColumn(digest), tags: JSON.parse(tags) as Tag[] }
}

function createVisibleLayers(context: Context) {
  const { reads } = context
  const blob = reads.prepare<[Buffer], BlobRow>(listedLayerSql.blob)
  const places = reads.prepare<[UserBound], Place>(listedLayerSql.places)
  const one = reads.prepare<[number], UserRow>(listedLayerSql.one)
  const holdersOf = createVisibleHolders(context)
  return {
    layer(digest: Digest, visible: Visibility): LayerFacts | undefined {
      const row = blob.get(toColumn(digest))
      const holders = row ? holdersOf(row.id, visible) : []
      if (row === undefined || holders.length === 0) return undefined
      const manifests = holders.reduce((sum, holder) => sum + holder.manifests, 0)
      const { size, createdAt } = row
      return { size, createdAt, repositories: holders.length, manifests }
    },
    users(digest: Digest, visible: Visibility, after: number, limit: number): Users {
      const bound = { digest: toColumn(digest), after, limit: mostLooked }
      const looked = places.all(bound)
      const seen = looked.filter(({ repository }) => visible.includes(repository))
      const shown = seen.slice(0, limit)
      const items = shown.flatMap(({ position }) => one.get(position) ?? []).map(toUser)
      const last = seen.length > limit ? shown.at(-1) : looked[mostLooked - 1]
      return last === undefined ? { items } : { items, next: last.position }
    },
  }
}

export function createListedLayers(context: Context): Pick<ListingTable, 'layer' | 'layerUsers'> {
  const { reads } = context
  const layer = reads.prepare<[Buffer], LayerFacts>(listedLayerSql.layer)
  const users = reads.prepare<[UserBound], UserRow>(listedLayerSql.users)
  const some = createVisibleLayers(context)

  function allUsers(digest: Digest, after: number, limit: number): Users {
    const rows = users.all({ digest: toColumn(digest), after, limit: limit + 1 })
    const shown = rows.slice(0, limit)
    const items = shown.map(toUser)
    const last = shown.at(-1)
    return rows.length > limit && last ? { items, next: last.position } : { items }
  }

  return {
    async layer(digest, visible) {
      return visible ? some.layer(digest, visible) : layer.get(toColumn(digest))
    },
    async layerUsers(digest, { visible, after = 0, limit }: LayerUserQuery) {
      return visible ? some.users(digest, visible, after, limit) : allUsers(digest, after, limit)
    },
  }
}
