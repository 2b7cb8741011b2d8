import type { ListingTable, RepositoryFacts } from '../../listing/store.ts'
import type { Context } from '../context.ts'

export const listedRepositorySql = {
  facts: `SELECT r.created_at AS createdAt,
      (SELECT count(*) FROM tags t WHERE t.repository_id = r.id) AS tagCount,
      (SELECT count(*) FROM manifests m
        WHERE m.repository_id = r.id AND m.deleted_at IS NULL) AS manifestCount
    FROM repositories r WHERE r.name = ?`,
}

export function createListedRepository({ reads }: Context): Pick<ListingTable, 'repository'> {
  const facts = reads.prepare<[string], RepositoryFacts>(listedRepositorySql.facts)
  return {
    async repository(name) {
      return facts.get(name)
    },
  }
}
