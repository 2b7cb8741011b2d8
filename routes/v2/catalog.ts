import type { Catalog } from '../../src/services/catalog.ts'
import { nextLink, parsePage } from '../http/pagination.ts'
import { queryOf } from '../http/query.ts'
import { sendJson } from '../http/send-whole.ts'
import { listedTo } from '../http/visible.ts'
import type { Handlers } from './handler.ts'

export interface CatalogRouteDeps {
  readonly catalog: Pick<Catalog, 'repositories'>
  readonly maxPageSize: number
}

/** `/v2/_catalog` */
export function catalogHandlers({ catalog, maxPageSize }: CatalogRouteDeps): Handlers<'catalog'> {
  return {
    async GET(_target, request, reply) {
      const page = parsePage(queryOf(request.raw.url as string), maxPageSize)
      const { items, next } = await catalog.repositories(page, listedTo(request))
      if (next !== undefined) {
        const query = [
          ['last', next],
          ['n', String(page.limit)],
        ] as const
        reply.header('link', nextLink('/v2/_catalog', query))
      }
      return sendJson(reply, { repositories: items })
    },
  }
}
