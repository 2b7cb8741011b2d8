import type { Visibility } from '../../../../src/access/rights.ts'
import type {
  AccountTable,
  RepositoryAccount,
  RepositoryCursor,
  RepositoryQuery,
  RepositorySort,
} from '../../accounts/store.ts'
import type { Slice } from '../../listing/store.ts'
import { along, type Bound, countAlong } from '../along.ts'
import type { Context } from '../context.ts'
import type { ReadStatement } from '../reads.ts'

type VisibleQuery = RepositoryQuery & { readonly visible: Visibility }
type Page = Slice<RepositoryAccount, RepositoryCursor>

/** What reads a page of all repositories, and turns a row into an account. */
export interface AccountPages<Row extends { readonly name: string }> {
  page(query: RepositoryQuery): readonly Row[]
  inRange: ReadStatement<[Bound & { term: string }], Row>
  toAccount(row: Row): RepositoryAccount
}

export const visibleAccountSql = {
  count: `SELECT count(*) FROM (SELECT 1 FROM repository_accounts INDEXED BY repository_accounts_name
    WHERE listed = 1 AND name >= @from AND name < @to LIMIT @limit)`,
}

/** Rows that are looked at for a page: some milliseconds. */
const mostLooked = 1000

/** What an order compares; names are their own. */
const valueIn: Readonly<Record<RepositorySort, (account: RepositoryAccount) => number>> = {
  name: () => 0,
  size: ({ stored }) => stored,
  unique: ({ unique }) => unique,
  tags: ({ tags }) => tags,
  pushedAt: ({ pushedAt }) => pushedAt ?? 0,
  pulledAt: ({ pulledAt }) => pulledAt ?? 0,
}

function cursorIn(sort: RepositorySort, account: RepositoryAccount): RepositoryCursor {
  return { value: valueIn[sort](account), name: account.name }
}

function compare(a: RepositoryCursor, b: RepositoryCursor): number {
  return a.value - b.value || (a.name < b.name ? -1 : Number(a.name > b.name))
}

/** Cuts a page out of all there are. */
function cut(accounts: readonly RepositoryAccount[], query: VisibleQuery): Page {
  const { sort, descending, after, limit } = query
  const sign = descending ? -1 : 1
  const ordered = accounts
    .map((account) => ({ account, at: cursorIn(sort, account) }))
    .filter(({ at }) => after === undefined || sign * compare(at, after) > 0)
    .sort((a, b) => sign * compare(a.at, b.at))
  const shown = ordered.slice(0, Math.max(0, limit))
  const items = shown.map(({ account }) => account)
  const last = shown.at(-1)
  return ordered.length > shown.length && last ? { items, next: last.at } : { items }
}

/**
 * Pages of the repositories somebody may see. Where those are few, all of them are read and put in
 * order; where they are many, the list of all is read for a stretch.
 */
export function createVisibleAccounts<Row extends { readonly name: string }>(
  { reads }: Context,
  { page, inRange, toAccount }: AccountPages<Row>,
): Pick<AccountTable, 'visibleRepositories'> {
  const count = reads.prepareColumn<[Bound], number>(visibleAccountSql.count)

  async function few(query: VisibleQuery): Promise<Page> {
    const { visible, term = '' } = query
    const accounts: RepositoryAccount[] = []
    const read = (bound: Bound) => inRange.all({ ...bound, term })
    for await (const rows of along(visible, '', read, ({ name }) => name)) {
      accounts.push(...rows.map(toAccount))
    }
    return cut(accounts, query)
  }

  /** The list of all, from where the query begins on: `mostLooked` or a few more. */
  function* stretch(query: RepositoryQuery): Generator<RepositoryAccount> {
    const limit = 2 * query.limit
    let { after } = query
    for (let looked = 0; looked < mostLooked; looked += limit) {
      const rows = page({ ...query, ...(after ? { after } : {}), limit }).map(toAccount)
      yield* rows
      const last = rows.length < limit ? undefined : rows.at(-1)
      if (last === undefined) return
      after = cursorIn(query.sort, last)
    }
  }

  function many({ visible, ...query }: VisibleQuery): Page {
    const items: RepositoryAccount[] = []
    let looked = 0
    let last: RepositoryAccount | undefined
    for (last of stretch(query)) {
      looked += 1
      if (visible.includes(last.name)) items.push(last)
      if (items.length === query.limit) break
    }
    const isEnd = looked < mostLooked && items.length < query.limit
    return isEnd || !last ? { items } : { items, next: cursorIn(query.sort, last) }
  }

  return {
    async visibleRepositories(query) {
      if (query.limit <= 0) return { items: [] }
      const found = countAlong(query.visible, mostLooked, (bound) => count.get(bound) ?? 0)
      return found < mostLooked ? few(query) : many(query)
    },
  }
}
