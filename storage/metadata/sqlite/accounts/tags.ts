import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { Tag } from '../../../../src/oci/reference.ts'
import type { AccountTable, LogicalPage, Marginal, TagName } from '../../accounts/store.ts'
import { atMost, type Context } from '../context.ts'
import { fromColumn } from '../digest-column.ts'
import { repositorySql } from '../repositories.ts'
import { blobBytes, closureBlobs, closureSql, goingSql, manifestBytes } from './closure.ts'
import { scopeOf } from './scope.ts'

const roots = 'SELECT id FROM manifests WHERE id = ?'

/** The tags that are to go, as rows `repository_id, name, manifest_id`. */
const goingTags = `SELECT t.repository_id, t.name, t.manifest_id FROM json_each(@tags) j
  JOIN repositories r ON r.name = j.value ->> 'repository'
  JOIN tags t ON t.repository_id = r.id AND t.name = j.value ->> 'tag'`

/** Whether a tag that is not to go points at a manifest. */
const otherTag = `EXISTS (SELECT 1 FROM tags t WHERE t.manifest_id = c.id
  AND (t.repository_id, t.name) NOT IN (SELECT repository_id, name FROM (${goingTags})))`

export const tagAccountSql = {
  find: `SELECT t.manifest_id AS id, m.digest FROM tags t JOIN manifests m ON m.id = t.manifest_id
    WHERE t.repository_id = ? AND t.name = ? AND m.deleted_at IS NULL`,
  account: `${goingSql(roots, '0')} SELECT
    ${manifestBytes('SELECT id FROM closure')} + ${blobBytes(closureBlobs)} AS stored,
    ${manifestBytes('SELECT id FROM going')} + ${blobBytes('SELECT id FROM freed')} AS "unique"`,
  stored: `${closureSql(roots)} SELECT
    ${manifestBytes('SELECT id FROM closure')} + ${blobBytes(closureBlobs)}`,
  marginal: `${goingSql(`SELECT g.manifest_id FROM (${goingTags}) g`, otherTag)} SELECT
    (SELECT count(*) FROM going) AS manifests,
    ${manifestBytes('SELECT id FROM going')} AS manifestBytes,
    (SELECT count(*) FROM freed) AS blobs, ${blobBytes('SELECT id FROM freed')} AS blobBytes`,
  // CROSS JOIN: repositories in their order outside, so that nothing is sorted.
  page: `SELECT r.name AS repository, t.name AS tag, t.manifest_id AS id
    FROM repositories r CROSS JOIN tags t ON t.repository_id = r.id
    WHERE r.name >= max(@from, @repository) AND r.name <= @to
    AND t.name > CASE WHEN r.name = @repository THEN @tag ELSE '' END
    ORDER BY r.name, t.name LIMIT @limit`,
}

interface AccountRow {
  readonly stored: number
  readonly unique: number
}

interface PageRow extends TagName {
  readonly id: number
}

interface PageBound extends TagName {
  readonly from: string
  readonly to: string
  readonly limit: number
}

function createTagsOf({ db }: Context): Pick<AccountTable, 'tags'> {
  const findRepository = db.prepare<[string], { id: number }>(repositorySql.id)
  const find = db.prepare<[number, string], { id: number; digest: Buffer }>(tagAccountSql.find)
  const account = db.prepare<[number], AccountRow>(tagAccountSql.account)

  function accountOf(repositoryId: number, tag: Tag) {
    const found = find.get(repositoryId, tag)
    if (found === undefined) return []
    const sums = account.get(found.id) as AccountRow
    return [{ tag, digest: fromColumn(found.digest), ...sums }]
  }

  const read = db.transaction((repository: RepositoryName, tags: readonly Tag[]) => {
    const id = findRepository.get(repository)?.id
    return id === undefined ? [] : [...new Set(tags)].flatMap((tag) => accountOf(id, tag))
  })
  return {
    async tags(repository, tags) {
      return read(repository, tags)
    },
  }
}

function createLogical({ db }: Context): Pick<AccountTable, 'logical'> {
  const page = db.prepare<[PageBound], PageRow>(tagAccountSql.page)
  const stored = db.prepare<[number], number>(tagAccountSql.stored).pluck()
  const nowhere = { repository: '', tag: '' } as TagName
  const read = db.transaction((bound: PageBound): LogicalPage => {
    const rows = page.all(bound)
    const bytes = rows.reduce((sum, { id }) => sum + (stored.get(id) as number), 0)
    const last = rows.length < bound.limit ? undefined : rows.at(-1)
    const next = last && { next: { repository: last.repository, tag: last.tag } }
    return { tags: rows.length, bytes, ...next }
  })
  return {
    async logical(scope, limit, after = nowhere) {
      return read({ ...scopeOf(scope), ...after, limit: atMost(limit) })
    },
  }
}

export function createTagAccounts(
  context: Context,
): Pick<AccountTable, 'tags' | 'marginal' | 'logical'> {
  const marginal = context.db.prepare<[{ tags: string }], Marginal>(tagAccountSql.marginal)
  return {
    ...createTagsOf(context),
    ...createLogical(context),
    async marginal(tags) {
      return marginal.get({ tags: JSON.stringify(tags) }) as Marginal
    },
  }
}
