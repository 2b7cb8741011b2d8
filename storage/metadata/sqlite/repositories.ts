import type { Visibility } from '../../../src/access/rights.ts'
import type { RepositoryName } from '../../../src/oci/name.ts'
import type { RepositoryPage, RepositorySearch, RepositoryTable } from '../store.ts'
import { along, type Bound } from './along.ts'
import { atMost, type Context } from './context.ts'

// INDEXED BY: rather fail at start than scan repositories that hold nothing.
const listed = 'FROM repositories INDEXED BY repositories_listed WHERE listed = 1'

export const repositorySql = {
  list: `SELECT name ${listed} AND name > ? ORDER BY name LIMIT ?`,
  search: `SELECT name ${listed} AND name > ? AND instr(name, ?) > 0 ORDER BY name LIMIT ?`,
  count: `SELECT count(*) AS total ${listed} AND instr(name, ?) > 0`,
  visible: `SELECT name ${listed} AND name >= @from AND name < @to ORDER BY name LIMIT @limit`,
  visibleSearch: `SELECT name ${listed} AND name >= @from AND name < @to AND instr(name, @term) > 0
    ORDER BY name LIMIT @limit`,
  id: 'SELECT id FROM repositories WHERE name = ?',
  show: 'UPDATE repositories SET listed = 1 WHERE id = ? AND listed = 0',
  hideEmpty: `UPDATE repositories SET listed = 0 WHERE id = @id
    AND NOT EXISTS (SELECT 1 FROM manifests WHERE repository_id = @id AND deleted_at IS NULL)`,
}

/** An id no repository has: whatever is looked up there is not there. */
export const noRepository = 0

/** The rows behind names; every function runs inside of its caller's transaction. */
export interface RepositoryRows {
  idOf(name: RepositoryName): number | undefined
  /** The id, of a new row if there was none. */
  ensure(name: RepositoryName): number
  /** Keep the catalog true: after a manifest came, and after one went. */
  manifestCame(id: number): void
  manifestWent(id: number): void
}

export function createRepositoryRows({ db, now }: Context): RepositoryRows {
  const select = db.prepare<[string], { id: number }>(repositorySql.id)
  const insert = db.prepare<[string, number]>(
    'INSERT INTO repositories (name, created_at) VALUES (?, ?)',
  )
  const show = db.prepare<[number]>(repositorySql.show)
  const hideEmpty = db.prepare<[{ id: number }]>(repositorySql.hideEmpty)
  const idOf = (name: RepositoryName) => select.get(name)?.id
  return {
    idOf,
    ensure: (name) => idOf(name) ?? Number(insert.run(name, now()).lastInsertRowid),
    manifestCame(id) {
      show.run(id)
    },
    manifestWent(id) {
      hideEmpty.run({ id })
    },
  }
}

interface VisiblePage extends RepositoryPage {
  readonly visible: Visibility
}

/** Lists of those that somebody may see; pages are as full as they can be. */
function createVisibleRepositories({ reads }: Context) {
  const list = reads.prepareColumn<[Bound], RepositoryName>(repositorySql.visible)
  const search = reads.prepareColumn<[Bound & { term: string }], RepositoryName>(
    repositorySql.visibleSearch,
  )
  const nameOf = (name: RepositoryName) => name
  return {
    async list({ visible, after = '', limit }: VisiblePage): Promise<readonly RepositoryName[]> {
      const names: RepositoryName[] = []
      if (limit <= 0) return names
      // A few more than wanted: some may not be visible.
      const read = (bound: Bound) => list.all(bound)
      for await (const found of along(visible, after, read, nameOf, 2 * limit)) {
        names.push(...found.slice(0, limit - names.length))
        if (names.length >= limit) break
      }
      return names
    },
    async search(
      term: string,
      { visible, after = '', limit }: VisiblePage,
    ): Promise<RepositorySearch> {
      const names: RepositoryName[] = []
      let total = 0
      const read = (bound: Bound) => search.all({ ...bound, term })
      for await (const found of along(visible, '', read, nameOf)) {
        total += found.length
        const wanted = names.length < limit ? found.filter((name) => name > after) : []
        names.push(...wanted.slice(0, atMost(limit - names.length)))
      }
      return { names, total }
    },
  }
}

function only(page: RepositoryPage): VisiblePage | undefined {
  const { visible } = page
  return visible === undefined || visible.all ? undefined : { ...page, visible }
}

export function createRepositories(context: Context, rows: RepositoryRows): RepositoryTable {
  const { db, reads } = context
  const visibleOnes = createVisibleRepositories(context)
  const list = reads.prepareColumn<[string, number], RepositoryName>(repositorySql.list)
  const search = db.prepare<[string, string, number], RepositoryName>(repositorySql.search).pluck()
  const count = db.prepare<[string], { total: number }>(repositorySql.count)
  const searchAtOnce = db.transaction((term: string, after: string, limit: number) => ({
    names: search.all(after, term, limit) as RepositoryName[],
    total: count.get(term)?.total ?? 0,
  }))
  return {
    async list(page) {
      const { after = '', limit } = page
      const some = only(page)
      return some ? visibleOnes.list(some) : list.all(after, atMost(limit))
    },
    async search(term, page) {
      const { after = '', limit } = page
      const some = only(page)
      return some ? visibleOnes.search(term, some) : searchAtOnce(term, after, atMost(limit))
    },
    async exists(name) {
      return rows.idOf(name) !== undefined
    },
  }
}
