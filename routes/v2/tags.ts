import type { Catalog } from '../../src/services/catalog.ts'
import { nextLink, parsePage } from '../http/pagination.ts'
import { queryOf } from '../http/query.ts'
import { sendJson } from '../http/send-whole.ts'
import type { Handlers } from './handler.ts'

export interface TagRouteDeps {
  readonly catalog: Pick<Catalog, 'tags'>
  readonly maxPageSize: number
}

/** `/v2/{name}/tags/list` */
export function tagsHandlers({ catalog, maxPageSize }: TagRouteDeps): Handlers<'tags'> {
  return {
    async GET({ repository }, request, reply) {
      const page = parsePage(queryOf(request.raw.url as string), maxPageSize)
      const { items, next } = await catalog.tags(repository, page)
      if (next !== undefined) {
        const query = [
          ['last', next],
          ['n', String(page.limit)],
        ] as const
        reply.header('link', nextLink(`/v2/${repository}/tags/list`, query))
      }
      return sendJson(reply, { name: repository, tags: items })
    },
  }
}
