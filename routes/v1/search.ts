import type { FastifyInstance } from 'fastify'
import type { Catalog } from '../../src/services/catalog.ts'
import { queryOf } from '../http/query.ts'
import { listedTo } from '../http/visible.ts'

export interface SearchOptions {
  readonly catalog: Pick<Catalog, 'search'>
}

const defaultResults = 25
const maxResults = 100
const methods = ['GET', 'HEAD']

function resultOf(name: string) {
  return {
    name,
    description: '',
    star_count: 0,
    is_official: false,
    is_automated: false,
    is_trusted: false,
  }
}

function countOf(text: string | null): number {
  const n = text !== null && /^\d{1,9}$/.test(text) ? Number(text) : defaultResults
  return Math.min(Math.max(n, 1), maxResults)
}

/** What is left of Docker's first registry API: `docker search host:port/term` still asks it. */
export function searchRoutes(
  app: FastifyInstance,
  { catalog }: SearchOptions,
  done: () => void,
): void {
  app.route({
    method: methods,
    url: '/v1/_ping',
    handler: async (_request, reply) => {
      reply.header('x-docker-registry-standalone', '1')
      return { standalone: true }
    },
  })

  app.route({
    method: methods,
    url: '/v1/search',
    handler: async (request) => {
      const parameters = queryOf(request.raw.url as string)
      const query = parameters.get('q') ?? ''
      const limit = countOf(parameters.get('n'))
      const { names, total } = await catalog.search(query, { limit }, listedTo(request))
      return { query, num_results: total, page_size: limit, results: names.map(resultOf) }
    },
  })

  done()
}
