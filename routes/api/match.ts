import type { IncomingHttpHeaders } from 'node:http'
import { Problem } from '../../src/services/problem.ts'
import { namesTag } from '../http/entity-tag.ts'

/**
 * For what must not happen if the client's view is out of date: compares `If-Match` with the tag of
 * what is there now. Without the header the client does not mind, unless it is `required`.
 * @param current in quotes, as it was answered.
 * @throws Problem PRECONDITION_FAILED with the current tag, PRECONDITION_REQUIRED
 */
export function expectMatch(
  headers: IncomingHttpHeaders,
  current: string,
  { required = false }: { readonly required?: boolean } = {},
): void {
  const wanted = headers['if-match']
  if (wanted === undefined && required) throw new Problem('PRECONDITION_REQUIRED')
  if (wanted === undefined || namesTag(wanted, current, false)) return
  throw new Problem('PRECONDITION_FAILED', {
    message: 'it has changed in the meantime; look again before changing it',
    params: { current },
    headers: { etag: current },
  })
}
