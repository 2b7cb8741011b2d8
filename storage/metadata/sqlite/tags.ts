import type { Tag } from '../../../src/oci/reference.ts'
import type { TagTable } from '../store.ts'
import { atMost, type Context } from './context.ts'
import { orRefused } from './policies/refusal.ts'
import { type RepositoryRows, repositorySql } from './repositories.ts'
import type { TagPointers } from './tag-pointers.ts'

export const tagSql = {
  list: 'SELECT name FROM tags WHERE repository_id = ? AND name > ? ORDER BY name LIMIT ?',
}

export function createTags(
  { reads, write }: Context,
  repositories: RepositoryRows,
  pointers: TagPointers,
): TagTable {
  const find = reads.prepareColumn<[string], number>(repositorySql.id)
  const list = reads.prepareColumn<[number, string, number], Tag>(tagSql.list)
  return {
    async list(repository, { after = '', limit }) {
      const id = find.get(repository)
      return id === undefined ? undefined : list.all(id, after, atMost(limit))
    },
    delete: (repository, tag) =>
      orRefused(
        write(() => {
          const id = repositories.idOf(repository)
          return id !== undefined && pointers.remove(id, tag)
        }),
      ),
  }
}
