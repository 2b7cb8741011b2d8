/** Byte ranges of `Range` (RFC 9110 §14) and `Content-Range` of uploads (distribution-spec, "Pushing a blob in chunks"). */

/** Inclusive byte positions, as on the wire. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** `none`: send everything (no header, another unit, or not readable). */
export type RangeRequest =
  | { readonly kind: 'none' }
  | { readonly kind: 'unsatisfiable' }
  | { readonly kind: 'too-many' }
  | { readonly kind: 'ranges'; readonly ranges: readonly [ByteRange, ...ByteRange[]] }

/** More parts than this in one request are refused, so that a client asks for fewer. */
export const maxRanges = 512

const spec = /^(\d{0,16})-(\d{0,16})$/

/** One part against the size: `undefined` unreadable, `null` outside of the content. */
function resolve(part: string, size: number): ByteRange | null | undefined {
  const match = spec.exec(part)
  if (!match || part === '-') return undefined
  const [, first = '', last = ''] = match
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? null : { start: size - length, end: size - 1 }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return start >= size || end < start ? null : { start, end }
}

/**
 * Parts keep the order in which they were asked for and are never merged: clients of partial layers
 * expect one answer a part. An end before its start is unsatisfiable, as the conformance suite asks.
 */
export function parseRange(header: string | undefined, size: number): RangeRequest {
  const match = /^bytes=(.*)$/i.exec(header?.trim() ?? '')
  if (!match) return { kind: 'none' }
  const parts = (match[1] as string)
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (parts.length > maxRanges) return { kind: 'too-many' }
  const resolved = parts.map((part) => resolve(part, size))
  if (resolved.length === 0 || resolved.includes(undefined)) return { kind: 'none' }
  const [head, ...rest] = resolved.filter((range) => range !== null && range !== undefined)
  return head ? { kind: 'ranges', ranges: [head, ...rest] } : { kind: 'unsatisfiable' }
}

/** `a-b` of a chunk. `undefined` for anything else, which is answered 416. */
export function parseContentRange(header: string): ByteRange | undefined {
  const match = /^(\d{1,16})-(\d{1,16})$/.exec(header.trim())
  if (!match) return undefined
  const range = { start: Number(match[1]), end: Number(match[2]) }
  return range.end >= range.start ? range : undefined
}

/** `0-<last>` for the `Range` header of an upload; an empty upload is written `0-0`. */
export function formatProgress(size: number): string {
  return `0-${Math.max(0, size - 1)}`
}
