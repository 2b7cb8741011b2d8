import { type ErrorCode, OciError } from '../../src/oci/errors.ts'

/** The query of a raw request URL. Unknown parameters are nobody's business. */
export function queryOf(url: string): URLSearchParams {
  const at = url.indexOf('?')
  return new URLSearchParams(at === -1 ? '' : url.slice(at + 1))
}

/**
 * A parameter that may stand once, or several times with one value.
 * @throws OciError `code` if it has two values: then it isn't known which is meant.
 */
export function single(query: URLSearchParams, name: string, code: ErrorCode): string | undefined {
  const values = new Set(query.getAll(name))
  if (values.size <= 1) return values.values().next().value
  throw new OciError(code, { message: `the parameter "${name}" stands there with two values` })
}
