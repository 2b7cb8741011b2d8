import type { FastifyReply, FastifyRequest } from 'fastify'
import { OciError } from '../../src/oci/errors.ts'
import { maxRanges, parseRange } from '../../src/oci/range.ts'
import type { BlobRecord, Blobs } from '../../src/services/blobs.ts'
import { actorOf } from '../http/actor.ts'
import { etagOf, isNotModified, notModified, rangeHeaderOf } from '../http/conditional.ts'
import { multipartOf } from '../http/multipart-ranges.ts'
import { sendBytes } from '../http/send-bytes.ts'
import { sendWhole } from '../http/send-whole.ts'
import type { Handlers } from './handler.ts'
import type { TargetOf } from './target.ts'

/** Layers are data: never shown, sniffed or changed on the way (distribution-spec "Pulling blobs"). */
function describe(reply: FastifyReply, { digest, size }: BlobRecord): FastifyReply {
  return reply.headers({
    'content-type': 'application/octet-stream',
    'content-length': size,
    'docker-content-digest': digest,
    etag: etagOf(digest),
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=31536000, immutable',
    'content-disposition': 'attachment',
    'content-security-policy': "default-src 'none'; sandbox",
  })
}

async function send(
  blobs: Blobs,
  { repository, digest }: TargetOf<'blob'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const blob = await blobs.find(repository, digest)
  if (isNotModified(request.headers, digest)) return notModified(reply, digest)
  const { size } = blob
  const wanted = parseRange(rangeHeaderOf(request.headers, digest), size)
  if (wanted.kind === 'unsatisfiable') {
    throw new OciError('RANGE_INVALID', {
      message: `no byte of the range is inside of the blob's ${size} bytes`,
      headers: { 'content-range': `bytes */${size}` },
    })
  }
  if (wanted.kind === 'too-many') {
    throw new OciError('RANGE_INVALID', {
      status: 400,
      message: `more than ${maxRanges} ranges; ask for fewer at a time`,
    })
  }
  if (wanted.kind === 'none') {
    const bytes = await blobs.open(repository, blob)
    describe(reply, blob)
    return sendBytes(reply, 200, bytes)
  }
  const [range, ...more] = wanted.ranges
  if (more.length > 0) {
    const parts = multipartOf(wanted.ranges, size, (part) => blobs.open(repository, blob, part))
    describe(reply, blob).headers({
      'content-type': parts.contentType,
      'content-length': parts.length,
    })
    return sendBytes(reply, 206, parts.body)
  }
  const bytes = await blobs.open(repository, blob, range)
  describe(reply, blob).headers({
    'content-length': range.end - range.start + 1,
    'content-range': `bytes ${range.start}-${range.end}/${size}`,
  })
  return sendBytes(reply, 206, bytes)
}

/** `/v2/{name}/blobs/{digest}` */
export function blobHandlers({ blobs }: { readonly blobs: Blobs }): Handlers<'blob'> {
  return {
    GET: (target, request, reply) => send(blobs, target, request, reply),
    async HEAD({ repository, digest }, request, reply) {
      const blob = await blobs.promise(repository, digest)
      if (isNotModified(request.headers, digest)) return notModified(reply, digest)
      return sendWhole(describe(reply, blob))
    },
    async DELETE({ repository, digest }, request, reply) {
      await blobs.remove(repository, digest, actorOf(request))
      return reply.code(202).send()
    },
  }
}
