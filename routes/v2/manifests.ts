import type { FastifyReply, FastifyRequest } from 'fastify'
import { OciError } from '../../src/oci/errors.ts'
import type { RepositoryName } from '../../src/oci/name.ts'
import { parseTag, type Reference, type Tag } from '../../src/oci/reference.ts'
import type { ActivityLog } from '../../src/services/activity/activity.ts'
import type { ManifestRecord, Manifests } from '../../src/services/manifests.ts'
import type { PullNotes } from '../../src/services/pulls/create.ts'
import { acceptsOf } from '../http/accept.ts'
import { actorOf, whoOf } from '../http/actor.ts'
import { readBody } from '../http/body.ts'
import { clientOf } from '../http/client.ts'
import { etagOf, isNotModified, notModified } from '../http/conditional.ts'
import { queryOf } from '../http/query.ts'
import { sendWhole } from '../http/send-whole.ts'
import type { Handlers } from './handler.ts'

export interface ManifestRouteDeps {
  readonly manifests: Manifests
  readonly pulls: PullNotes
  readonly activity?: Pick<ActivityLog, 'note'> | undefined
  /** Bytes. */
  readonly maxSize: number
}

/** More `?tag=` than this in one push are refused. */
const maxTags = 100

function describe(reply: FastifyReply, record: ManifestRecord, reference: Reference): FastifyReply {
  const cache =
    reference.tag === undefined
      ? { 'cache-control': 'private, max-age=31536000, immutable' }
      : { 'cache-control': 'no-cache', vary: 'Accept' }
  return reply.headers({
    'content-type': record.mediaType,
    'content-length': record.size,
    'docker-content-digest': record.digest,
    etag: etagOf(record.digest),
    ...cache,
  })
}

/** Tags of `PUT …/manifests/<digest>?tag=a&tag=b` (distribution-spec "Pushing manifests"). */
function parseTags(request: FastifyRequest, reference: Reference): readonly Tag[] {
  const texts = queryOf(request.raw.url as string).getAll('tag')
  if (texts.length > 0 && reference.tag !== undefined) {
    throw new OciError('TAG_INVALID', {
      message: '"?tag=" goes with a digest in the path; this path has a tag',
    })
  }
  const tags = [...new Set(texts)].map(parseTag)
  if (tags.length > maxTags) {
    throw new OciError('TAG_INVALID', {
      status: 414,
      message: `more than ${maxTags} tags in one push`,
    })
  }
  return tags
}

function acknowledge(
  reply: FastifyReply,
  repository: RepositoryName,
  reference: Reference,
  pushed: Awaited<ReturnType<Manifests['put']>>,
): FastifyReply {
  const place = reference.tag ?? pushed.digest
  reply.code(201).headers({
    location: `/v2/${repository}/manifests/${place}`,
    'docker-content-digest': pushed.digest,
  })
  if (pushed.subject !== undefined) reply.header('oci-subject', pushed.subject)
  return reply
}

/** `/v2/{name}/manifests/{reference}` */
export function manifestHandlers({
  manifests,
  pulls,
  activity,
  maxSize,
}: ManifestRouteDeps): Handlers<'manifest'> {
  return {
    async GET({ repository, reference }, request, reply) {
      const accepts = acceptsOf(request.headers.accept)
      const manifest = await manifests.find(repository, reference, accepts)
      pulls.pulled(clientOf(request), repository, reference, manifest)
      const { tag } = reference
      const { digest } = manifest
      activity?.note({ action: 'pull', ...whoOf(request), repository, tag, digest })
      if (isNotModified(request.headers, manifest.digest))
        return notModified(reply, manifest.digest)
      return sendWhole(describe(reply, manifest, reference), manifest.body)
    },
    async HEAD({ repository, reference }, request, reply) {
      const accepts = acceptsOf(request.headers.accept)
      const record = await manifests.head(repository, reference, accepts)
      if (reference.tag) pulls.resolved(clientOf(request), repository, reference.tag, record)
      if (isNotModified(request.headers, record.digest)) return notModified(reply, record.digest)
      return sendWhole(describe(reply, record, reference))
    },
    async PUT({ repository, reference }, request, reply) {
      const tags = parseTags(request, reference)
      const body = await readBody(request, reply, maxSize)
      const contentType = request.headers['content-type']
      const push = { reference, body, contentType, tags }
      const pushed = await manifests.put(repository, push, actorOf(request))
      if (tags.length > 0) reply.raw.setHeader('oci-tag', tags)
      return acknowledge(reply, repository, reference, pushed).send()
    },
    async DELETE({ repository, reference }, request, reply) {
      await manifests.remove(repository, reference, actorOf(request))
      return reply.code(202).send()
    },
  }
}
