import type { Digest } from '../../../../src/oci/digest.ts'
import { imageConfigTypes, indexTypes } from '../../../../src/oci/manifest-kind.ts'
import type { Tag } from '../../../../src/oci/reference.ts'
import {
  type ListingTable,
  type ManifestPosition,
  type ManifestQuery,
  type ManifestRow,
  mostNamed,
  type Slice,
} from '../../listing/store.ts'
import type { Context } from '../context.ts'
import { fromColumn, toColumn } from '../digest-column.ts'
import { repositorySql } from '../repositories.ts'
import { sliceOf, stretch } from './slice.ts'

const first = { at: -1, digest: Buffer.alloc(0) }
const last = { at: Number.MAX_SAFE_INTEGER, digest: Buffer.from([0xff]) }

function quote(texts: readonly string[]): string {
  return texts.map((text) => `'${text}'`).join(', ')
}

const kind = `CASE WHEN m.media_type IN (${quote(indexTypes)}) THEN 'index'
  WHEN m.artifact_type IN (${quote(imageConfigTypes)}) THEN 'image' ELSE 'artifact' END`

const tags = `(SELECT json_group_array(name) FROM (SELECT t.name FROM tags t
  WHERE t.manifest_id = m.id AND t.repository_id = m.repository_id
  ORDER BY t.name LIMIT ${mostNamed}))`

const indexes = `(SELECT json_group_array(digest) FROM (SELECT hex(p.digest) AS digest
  FROM manifest_references e CROSS JOIN manifests p ON p.id = e.parent_id
  WHERE e.child_id = m.id AND p.deleted_at IS NULL LIMIT ${mostNamed}))`

const key = '(m.created_at, m.digest)'

function range(descending: boolean) {
  const [more, less, direction] = descending ? ['<', '>=', 'DESC'] : ['>', '<=', 'ASC']
  return {
    where: `m.repository_id = @repository AND m.deleted_at IS NULL
      AND ${key} ${more} (@afterAt, @afterDigest)`,
    until: `${key} ${less} (@untilAt, @untilDigest)`,
    order: `ORDER BY m.created_at ${direction}, m.digest ${direction}`,
  }
}

function pageSql(descending: boolean): string {
  const { where, until, order } = range(descending)
  return `SELECT m.digest, m.created_at AS createdAt, m.media_type AS mediaType,
      m.artifact_type AS artifactType, m.subject_digest AS subject,
      ${tags} AS tags, ${indexes} AS indexes
    FROM manifests m WHERE ${where} AND ${until}
      AND (@tagged IS NULL
        OR @tagged = EXISTS (SELECT 1 FROM tags t WHERE t.manifest_id = m.id))
      AND (@kind IS NULL OR @kind = ${kind})
    ${order} LIMIT @limit`
}

function edgeSql(descending: boolean): string {
  const { where, order } = range(descending)
  return `SELECT m.created_at AS at, m.digest FROM manifests m WHERE ${where}
    ${order} LIMIT 1 OFFSET ${stretch.manifests}`
}

export const listedManifestSql = { up: pageSql(false), down: pageSql(true) }
export const manifestEdgeSql = { up: edgeSql(false), down: edgeSql(true) }

interface Place {
  readonly at: number
  readonly digest: Buffer
}

interface From {
  readonly repository: number
  readonly afterAt: number
  readonly afterDigest: Buffer
}

interface Wanted extends From {
  readonly untilAt: number
  readonly untilDigest: Buffer
  readonly tagged: number | null
  readonly kind: string | null
  readonly limit: number
}

interface Row {
  readonly digest: Buffer
  readonly createdAt: number
  readonly mediaType: string
  readonly artifactType: string | null
  readonly subject: Buffer | null
  readonly tags: string
  readonly indexes: string
}

function toManifest(row: Row): ManifestRow {
  const { artifactType, subject } = row
  return {
    digest: fromColumn(row.digest),
    createdAt: row.createdAt,
    mediaType: row.mediaType,
    tags: JSON.parse(row.tags) as Tag[],
    indexes: (JSON.parse(row.indexes) as string[]).map(
      (hex): Digest => fromColumn(Buffer.from(hex, 'hex')),
    ),
    ...(artifactType === null ? {} : { artifactType }),
    ...(subject === null ? {} : { subject: fromColumn(subject) }),
  }
}

function positionOf({ at, digest }: Place): ManifestPosition {
  return { createdAt: at, digest: fromColumn(digest) }
}

function fromOf(repository: number, { after, descending }: ManifestQuery): From {
  const begin = descending ? last : first
  return {
    repository,
    afterAt: after?.createdAt ?? begin.at,
    afterDigest: after ? toColumn(after.digest) : begin.digest,
  }
}

const noFilters = { tagged: null, kind: null }

function filtersOf({ tagged, kind }: ManifestQuery): Pick<Wanted, 'tagged' | 'kind'> {
  if (tagged === undefined && kind === undefined) return noFilters
  return { tagged: tagged === undefined ? null : Number(tagged), kind: kind ?? null }
}

export function createListedManifests({ reads }: Context): Pick<ListingTable, 'manifests'> {
  const find = reads.prepareColumn<[string], number>(repositorySql.id)
  const prepare = (direction: 'up' | 'down') => ({
    page: reads.prepare<[Wanted], Row>(listedManifestSql[direction]),
    edge: reads.prepare<[From], Place>(manifestEdgeSql[direction]),
  })
  const statements = { up: prepare('up'), down: prepare('down') }

  function read(repository: number, query: ManifestQuery): Slice<ManifestRow, ManifestPosition> {
    const { page, edge } = statements[query.descending ? 'down' : 'up']
    const from = fromOf(repository, query)
    const filters = filtersOf(query)
    const cut = filters === noFilters ? undefined : edge.get(from)
    const until = cut ?? (query.descending ? first : last)
    const bounds = { untilAt: until.at, untilDigest: until.digest, limit: query.limit + 1 }
    const found = page.all({ ...from, ...filters, ...bounds }).map(toManifest)
    return sliceOf(found, query.limit, cut && positionOf(cut), ({ createdAt, digest }) => ({
      createdAt,
      digest,
    }))
  }

  return {
    async manifests(repository, query) {
      const id = find.get(repository)
      return id === undefined ? undefined : read(id, query)
    },
  }
}
