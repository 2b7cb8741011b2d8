import type { Tag } from '../../../../src/oci/reference.ts'
import type { ListingTable, Slice, TagPosition, TagQuery, TagRow } from '../../listing/store.ts'
import type { Context } from '../context.ts'
import { fromColumn } from '../digest-column.ts'
import { repositorySql } from '../repositories.ts'
import { sliceOf, stretch } from './slice.ts'

/** Before every tag and behind every tag, by name and by time. */
const first: TagPosition = { pushedAt: -1, name: '' as Tag }
const last: TagPosition = { pushedAt: Number.MAX_SAFE_INTEGER, name: '\x7f' as Tag }

const keys = { name: 't.name', pushedAt: '(t.pushed_at, t.name)' }
const bound = {
  name: { after: '@afterName', until: '@untilName' },
  pushedAt: { after: '(@afterAt, @afterName)', until: '(@untilAt, @untilName)' },
}

/** From `after` (not with it) to `until` (with it), in the order of the list. */
function range(by: 'name' | 'pushedAt', descending: boolean) {
  const [more, less] = descending ? ['<', '>='] : ['>', '<=']
  const { after, until } = bound[by]
  const direction = descending ? 'DESC' : 'ASC'
  const columns = by === 'name' ? ['t.name'] : ['t.pushed_at', 't.name']
  return {
    where: `t.repository_id = @repository AND ${keys[by]} ${more} ${after}`,
    until: `${keys[by]} ${less} ${until}`,
    order: `ORDER BY ${columns.map((column) => `${column} ${direction}`).join(', ')}`,
  }
}

function pageSql(by: 'name' | 'pushedAt', descending: boolean): string {
  const { where, until, order } = range(by, descending)
  return `SELECT t.name, t.pushed_at AS pushedAt, m.digest, m.media_type AS mediaType,
      m.artifact_type AS artifactType
    FROM tags t CROSS JOIN manifests m ON m.id = t.manifest_id
    WHERE ${where} AND ${until} AND instr(t.name, @contains) > 0 AND m.deleted_at IS NULL
    ${order} LIMIT @limit`
}

/** The last tag that one page may look at. */
function edgeSql(by: 'name' | 'pushedAt', descending: boolean): string {
  const { where, order } = range(by, descending)
  return `SELECT t.name, t.pushed_at AS pushedAt FROM tags t WHERE ${where}
    ${order} LIMIT 1 OFFSET ${stretch.tags}`
}

export const listedTagSql = {
  byName: pageSql('name', false),
  byNameDown: pageSql('name', true),
  byTime: pageSql('pushedAt', false),
  byTimeDown: pageSql('pushedAt', true),
}

export const tagEdgeSql = {
  byName: edgeSql('name', false),
  byNameDown: edgeSql('name', true),
  byTime: edgeSql('pushedAt', false),
  byTimeDown: edgeSql('pushedAt', true),
}

interface From {
  readonly repository: number
  readonly afterAt: number
  readonly afterName: string
}

interface Wanted extends From {
  readonly untilAt: number
  readonly untilName: string
  readonly contains: string
  readonly limit: number
}

interface Row {
  readonly name: Tag
  readonly pushedAt: number
  readonly digest: Buffer
  readonly mediaType: string
  readonly artifactType: string | null
}

function toTag({ name, pushedAt, digest, mediaType, artifactType }: Row): TagRow {
  const record = { name, pushedAt, digest: fromColumn(digest), mediaType }
  return artifactType === null ? record : { ...record, artifactType }
}

function variantOf({ by, descending }: TagQuery): keyof typeof listedTagSql {
  if (by === 'name') return descending ? 'byNameDown' : 'byName'
  return descending ? 'byTimeDown' : 'byTime'
}

export function createListedTags({ reads }: Context): Pick<ListingTable, 'tags'> {
  const find = reads.prepareColumn<[string], number>(repositorySql.id)
  const prepare = (variant: keyof typeof listedTagSql) => ({
    page: reads.prepare<[Wanted], Row>(listedTagSql[variant]),
    edge: reads.prepare<[From], TagPosition>(tagEdgeSql[variant]),
  })
  const statements = {
    byName: prepare('byName'),
    byNameDown: prepare('byNameDown'),
    byTime: prepare('byTime'),
    byTimeDown: prepare('byTimeDown'),
  }

  function read(repository: number, query: TagQuery): Slice<TagRow, TagPosition> {
    const { page, edge } = statements[variantOf(query)]
    const { contains = '', limit, descending } = query
    const [begin, end] = descending ? [last, first] : [first, last]
    const after = query.after ?? begin
    const from = { repository, afterAt: after.pushedAt, afterName: after.name }
    const cut = contains === '' ? undefined : edge.get(from)
    const until = cut ?? end
    const bounds = { untilAt: until.pushedAt, untilName: until.name, contains, limit: limit + 1 }
    const found = page.all({ ...from, ...bounds }).map(toTag)
    return sliceOf(found, limit, cut, ({ pushedAt, name }) => ({ pushedAt, name }))
  }

  return {
    async tags(repository, query) {
      const id = find.get(repository)
      return id === undefined ? undefined : read(id, query)
    },
  }
}
