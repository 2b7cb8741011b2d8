import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { Digest } from '../../src/oci/digest.ts'

/** Content never changes under its digest, so the digest is a strong validator (RFC 9110 §8.8.3). */
export function etagOf(digest: Digest): string {
  return `"${digest}"`
}

/** Whether `If-None-Match` names this content: quoted or bare, weak, in a list, or `*`. */
export function isNotModified(headers: IncomingHttpHeaders, digest: Digest): boolean {
  const header = headers['if-none-match']
  if (header === undefined) return false
  return header.split(',').some((part) => {
    const tag = part.trim().replace(/^W\//, '')
    return tag === '*' || tag === digest || tag === etagOf(digest)
  })
}

/** 304: the client has it already. */
export function notModified(reply: FastifyReply, digest: Digest): FastifyReply {
  return reply
    .code(304)
    .headers({ etag: etagOf(digest), 'docker-content-digest': digest })
    .send()
}

/** The `Range` header, unless `If-Range` says that the client has other content (RFC 9110 §13.1.5). */
export function rangeHeaderOf(headers: IncomingHttpHeaders, digest: Digest): string | undefined {
  const condition = headers['if-range']
  return condition === undefined || condition === etagOf(digest) ? headers.range : undefined
}
