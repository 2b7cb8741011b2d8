import { OciError } from '../../src/oci/errors.ts'
import type { PageRequest } from '../../src/services/catalog.ts'
import { single } from './query.ts'

/**
 * Reads `n` and `last` (distribution-spec "Listing tags"). Without `n` the page is as long as the
 * server allows; a larger `n` is cut to that, so that tools asking for "all" get a page and a link.
 * @throws OciError PAGINATION_NUMBER_INVALID
 */
export function parsePage(query: URLSearchParams, maxPageSize: number): PageRequest {
  const n = single(query, 'n', 'PAGINATION_NUMBER_INVALID')
  const after = single(query, 'last', 'PAGINATION_NUMBER_INVALID')
  if (n !== undefined && !/^\d{1,15}$/.test(n)) {
    throw new OciError('PAGINATION_NUMBER_INVALID', {
      message: '"n" must be a whole number, 0 or more',
      detail: { n: n.slice(0, 40) },
    })
  }
  const limit = Math.min(n === undefined ? maxPageSize : Number(n), maxPageSize)
  return after ? { after, limit } : { limit }
}

/** A `Link` to the next page: path-absolute, so that it holds behind any proxy (RFC 8288). */
export function nextLink(path: string, parameters: readonly (readonly [string, string])[]): string {
  const query = parameters.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&')
  return `<${path}?${query}>; rel="next"`
}
