import { STATUS_CODES } from 'node:http'
import { OciError } from '../oci/errors.ts'
import type { Problem } from '../services/problem.ts'

export const problemType = 'application/problem+json'

/** The management API: errors are problem documents there, and the distribution API's elsewhere. */
export const apiBase = '/api/v1'

/** @param url as it came over the wire. */
export function speaksProblems(url: string): boolean {
  return url.startsWith(apiBase) && /^(?:$|[/?])/.test(url.slice(apiBase.length))
}

/** The machine-readable part of an error of the distribution API. */
function paramsOf({ entries }: OciError): unknown {
  const details = entries.map(({ detail }) => detail)
  if (details.length > 1) return { details }
  const [detail] = details
  return typeof detail === 'object' && detail !== null ? detail : {}
}

/** RFC 9457. `title` is the status in words, as §4.2.1 has it; `code` is what clients switch on. */
export function problemBody(error: OciError | Problem, requestId: string): Buffer {
  const { status, code, message } = error
  return Buffer.from(
    JSON.stringify({
      type: 'about:blank',
      title: STATUS_CODES[status] ?? 'Error',
      status,
      code,
      detail: message,
      params: error instanceof OciError ? paramsOf(error) : error.params,
      requestId,
    }),
  )
}
