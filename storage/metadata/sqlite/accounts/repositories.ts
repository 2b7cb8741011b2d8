import type { RepositoryName } from '../../../../src/oci/name.ts'
import type {
  AccountTable,
  RepositoryAccount,
  RepositoryQuery,
  RepositorySort,
} from '../../accounts/store.ts'
import type { Bound } from '../along.ts'
import { atMost, type Context } from '../context.ts'
import type { ReadStatement } from '../reads.ts'
import { createVisibleAccounts } from './visible.ts'

interface Row {
  readonly name: RepositoryName
  readonly tags: number
  readonly manifests: number
  readonly manifestBytes: number
  readonly stored: number
  readonly unique: number
  readonly pushedAt: number
  readonly pulledAt: number
  readonly pulls: number
}

interface PageBound {
  readonly value: number
  readonly name: string
  readonly term: string
  readonly limit: number
}

const columns = `name, tags, manifests, manifest_bytes AS manifestBytes, stored_bytes AS stored,
  unique_bytes AS "unique", pushed_at AS pushedAt, pulled_at AS pulledAt, pulls`

/** The column of an order, and its index; names are all different, and their own order. */
const orders: Readonly<Record<RepositorySort, readonly [column: string, index: string]>> = {
  name: ['0', 'name'],
  size: ['stored_bytes', 'stored'],
  unique: ['unique_bytes', 'unique'],
  tags: ['tags', 'tags'],
  pushedAt: ['pushed_at', 'pushed'],
  pulledAt: ['pulled_at', 'pulled'],
}

function pageSql(sort: RepositorySort, descending: boolean): string {
  const [column, index] = orders[sort]
  const beyond = descending ? '<' : '>'
  const order = descending ? ' DESC' : ''
  const [after, by] =
    sort === 'name'
      ? [`name ${beyond} @name`, `name${order}`]
      : [`(${column}, name) ${beyond} (@value, @name)`, `${column}${order}, name${order}`]
  return `SELECT ${columns} FROM repository_accounts INDEXED BY repository_accounts_${index}
    WHERE listed = 1 AND ${after} AND (@term = '' OR instr(name, @term) > 0)
    ORDER BY ${by} LIMIT @limit`
}

const sorts = Object.keys(orders) as readonly RepositorySort[]

/** By order: as `size`, and `-size` for the largest first. */
export const repositoryPageSql: Readonly<Record<string, string>> = Object.fromEntries(
  sorts.flatMap((sort) => [
    [sort, pageSql(sort, false)],
    [`-${sort}`, pageSql(sort, true)],
  ]),
)

export const repositoryAccountSql = {
  inRange: `SELECT ${columns} FROM repository_accounts INDEXED BY repository_accounts_name
    WHERE listed = 1 AND name >= @from AND name < @to AND (@term = '' OR instr(name, @term) > 0)
    ORDER BY name LIMIT @limit`,
  one: `SELECT ${columns} FROM repository_accounts WHERE name = ?`,
}

/** Before and behind all names and values. */
const lowest = { value: -1, name: '' }
const highest = { value: Number.MAX_SAFE_INTEGER, name: '~' }

function toAccount({ pushedAt, pulledAt, ...row }: Row): RepositoryAccount {
  return { ...row, pushedAt: pushedAt || undefined, pulledAt: pulledAt || undefined }
}

export function createRepositoryAccounts(
  context: Context,
): Pick<AccountTable, 'repositories' | 'visibleRepositories' | 'repository'> {
  const { reads } = context
  const pages = new Map<string, ReadStatement<[PageBound], Row>>(
    Object.entries(repositoryPageSql).map(([order, sql]) => [order, reads.prepare(sql)]),
  )
  const one = reads.prepare<[string], Row>(repositoryAccountSql.one)
  const inRange = reads.prepare<[Bound & { term: string }], Row>(repositoryAccountSql.inRange)

  function readPage({
    sort,
    descending,
    term = '',
    after,
    limit,
  }: RepositoryQuery): readonly Row[] {
    const statement = pages.get(descending ? `-${sort}` : sort)
    if (statement === undefined) throw new Error(`repositories have no order by ${sort}`)
    const { value, name } = after ?? (descending ? highest : lowest)
    return statement.all({ value, name, term, limit: atMost(limit) })
  }

  return {
    ...createVisibleAccounts(context, { page: readPage, inRange, toAccount }),
    async repositories(query) {
      return readPage(query).map(toAccount)
    },
    async repository(name) {
      const row = one.get(name)
      return row && toAccount(row)
    },
  }
}
