import type { RepositoryName } from '../../../src/oci/name.ts'
import type { RepositoryTable } from '../store.ts'
import { atMost, type Context } from './context.ts'

// INDEXED BY: rather fail at start than scan repositories that hold nothing.
const listed = 'FROM repositories INDEXED BY repositories_listed WHERE listed = 1'

export const repositorySql = {
  list: `SELECT name ${listed} AND name > ? ORDER BY name LIMIT ?`,
  search: `SELECT name ${listed} AND name > ? AND instr(name, ?) > 0 ORDER BY name LIMIT ?`,
  count: `SELECT count(*) AS total ${listed} AND instr(name, ?) > 0`,
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

export function createRepositories({ db, reads }: Context, rows: RepositoryRows): RepositoryTable {
  const list = reads.prepareColumn<[string, number], RepositoryName>(repositorySql.list)
  const search = db.prepare<[string, string, number], RepositoryName>(repositorySql.search).pluck()
  const count = db.prepare<[string], { total: number }>(repositorySql.count)
  const searchAtOnce = db.transaction((term: string, after: string, limit: number) => ({
    names: search.all(after, term, limit) as RepositoryName[],
    total: count.get(term)?.total ?? 0,
  }))
  return {
    async list({ after = '', limit }) {
      return list.all(after, atMost(limit))
    },
    async search(term, { after = '', limit }) {
      return searchAtOnce(term, after, atMost(limit))
    },
    async exists(name) {
      return rows.idOf(name) !== undefined
    },
  }
}
