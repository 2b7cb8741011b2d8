import type { Tag } from '../../../src/oci/reference.ts'
import type { TagTable } from '../store.ts'
import { atMost, type Context } from './context.ts'
import { repositorySql } from './repositories.ts'

export const tagSql = {
  list: 'SELECT name FROM tags WHERE repository_id = ? AND name > ? ORDER BY name LIMIT ?',
}

export function createTags(
  { reads }: Context,
  { deleteTag }: { readonly deleteTag: TagTable['delete'] },
): TagTable {
  const find = reads.prepareColumn<[string], number>(repositorySql.id)
  const list = reads.prepareColumn<[number, string, number], Tag>(tagSql.list)
  return {
    async list(repository, { after = '', limit }) {
      const id = find.get(repository)
      return id === undefined ? undefined : list.all(id, after, atMost(limit))
    },
    delete: deleteTag,
  }
}
