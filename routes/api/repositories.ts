import { Type } from 'typebox'
import { count, named, repository, time, timeOf } from './fields.ts'
import { route } from './route.ts'

export const repositoryRoutes = [
  route({
    method: 'GET',
    path: '/repo',
    id: 'getRepository',
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
