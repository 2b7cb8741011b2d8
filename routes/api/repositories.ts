import { Type } from 'typebox'
import type { RepositoryAccount } from '../../src/services/accounts/create.ts'
import { repositoryAccount } from './account-fields.ts'
import { pageAnswer, readCursor } from './cursor.ts'
import {
  count,
  listOf,
  named,
  orderOf,
  paging,
  repository,
  sortBy,
  substring,
  time,
  timeOf,
} from './fields.ts'
import { route } from './route.ts'

const listed = named('Repository', repositoryAccount)

const position = Type.Tuple([Type.Integer({ minimum: 0 }), repository])

function show(account: RepositoryAccount) {
  const { name, tags, manifests, stored, unique, pushedAt, pulledAt, pulls } = account
  return {
    name,
    tagCount: tags,
    manifestCount: manifests,
    size: stored,
    uniqueSize: unique,
    sharedSize: stored - unique,
    ...(pushedAt === undefined ? {} : { pushedAt: timeOf(pushedAt) }),
    ...(pulledAt === undefined ? {} : { pulledAt: timeOf(pulledAt) }),
    pulls,
  }
}

export const repositoryRoutes = [
  route({
    method: 'GET',
    path: '/repos',
    id: 'listRepositories',
    access: 'filtered',
    summary: 'Repositories, with what they hold',
    query: Type.Object({
      q: substring,
      sort: sortBy(['name', 'size', 'unique', 'tags', 'pushedAt', 'pulledAt'], 'name'),
      ...paging,
    }),
    answer: listOf(listed),
    async handle({ query: { q, sort, limit, cursor } }, { accounts }) {
      const list = `repos ${sort}`
      const at = readCursor(cursor, list, position)
      const { by, descending } = orderOf(sort)
      const { items, next } = await accounts.page({
        sort: by,
        descending,
        limit,
        ...(q === undefined ? {} : { term: q }),
        ...(at === undefined ? {} : { after: { value: at[0], name: at[1] } }),
      })
      const end = next && ([next.value, next.name] as const)
      return pageAnswer(list, { items, next: end }, show)
    },
  }),
  route({
    method: 'GET',
    path: '/repo',
    id: 'getRepository',
    access: { action: 'pull', repo: ({ query }) => [query.repo] },
    summary: 'One repository',
    query: Type.Object({ repo: repository }),
    answer: named('RepositoryFacts', {
      name: repository,
      tagCount: count,
      manifestCount: count,
      createdAt: time,
    }),
    errors: ['NAME_UNKNOWN'],
    async handle({ query: { repo } }, { listing }) {
      const { createdAt, ...counts } = await listing.repository(repo)
      return { name: repo, ...counts, createdAt: timeOf(createdAt) }
    },
  }),
]
