import { createHash } from 'node:crypto'

/** A strong validator made of the bytes themselves (RFC 9110 §8.8.3). */
export function entityTagOf(bytes: Buffer): string {
  return `"${createHash('sha256').update(bytes).digest('base64url')}"`
}

/**
 * Whether a list of entity tags, `If-Match` or `If-None-Match`, names this one. Ours hold no comma.
 * @param weak compare as RFC 9110 §8.8.3.2 says for `If-None-Match`: `W/` makes no difference.
 */
export function namesTag(list: string, tag: string, weak: boolean): boolean {
  return list.split(',').some((part) => {
    const wanted = part.trim()
    return wanted === '*' || (weak ? wanted.replace(/^W\//, '') : wanted) === tag
  })
}
