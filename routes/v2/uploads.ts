import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Visibility } from '../../src/access/rights.ts'
import type { Actor } from '../../src/oci/actor.ts'
import { isDigest, parseAlgorithm, parseDigest } from '../../src/oci/digest.ts'
import { OciError } from '../../src/oci/errors.ts'
import { isRepositoryName, type RepositoryName } from '../../src/oci/name.ts'
import { formatProgress, parseContentRange } from '../../src/oci/range.ts'
import type { Blobs } from '../../src/services/blobs.ts'
import {
  type Chunk,
  type UploadProgress,
  type Uploads,
  WrongPlaceError,
} from '../../src/services/uploads.ts'
import { actorOf } from '../http/actor.ts'
import { bodyOf, lengthOf } from '../http/body.ts'
import { incomingBodyOf, isGiven } from '../http/body-reader.ts'
import { queryOf, single } from '../http/query.ts'
import { visibleTo } from '../http/visible.ts'
import type { Handlers } from './handler.ts'
import type { TargetOf } from './target.ts'

export interface UploadRouteDeps {
  readonly uploads: Uploads
  readonly blobs: Pick<Blobs, 'mount'>
}

function progressHeaders({ id, repository, size }: UploadProgress) {
  return {
    location: `/v2/${repository}/blobs/uploads/${id}`,
    range: formatProgress(size),
    'docker-upload-uuid': id,
  }
}

/** 201 with the place of the finished blob. */
function created(reply: FastifyReply, repository: RepositoryName, digest: string): FastifyReply {
  return reply
    .code(201)
    .headers({ location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest })
    .send()
}

/** The body and its place. @throws OciError RANGE_INVALID, SIZE_INVALID before anything is read. */
function chunkOf(request: FastifyRequest, reply: FastifyReply): Chunk {
  const header = request.headers['content-range']
  const range = header === undefined ? undefined : parseContentRange(header)
  if (header !== undefined && !range) {
    throw new OciError('RANGE_INVALID', {
      message: 'Content-Range of a chunk is written "first-last", both in bytes from 0',
    })
  }
  const length = lengthOf(request)
  if (range && length !== undefined && length !== range.end - range.start + 1) {
    throw new OciError('SIZE_INVALID', {
      message: `Content-Range names ${range.end - range.start + 1} bytes, Content-Length ${length}`,
    })
  }
  const incoming = incomingBodyOf(request.raw)
  return { body: bodyOfLater(request, reply), range, length, incoming }
}

/** Leave to send is given when the body is first read: by then its place has been checked. */
function bodyOfLater(request: FastifyRequest, reply: FastifyReply): Chunk['body'] {
  return {
    given: isGiven(request.raw),
    [Symbol.asyncIterator]: () => bodyOf(request, reply)[Symbol.asyncIterator](),
  }
}

/** Tells where the upload stands with an answer 416, so that a client can go on from there. */
async function tellingProgress<T>(
  uploads: Uploads,
  { repository, id }: TargetOf<'upload'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof OciError) || error.code !== 'RANGE_INVALID') throw error
    // What was true when the chunk was refused, and not a moment later.
    const progress =
      error instanceof WrongPlaceError
        ? { id, repository, size: error.size }
        : await uploads.progress(repository, id)
    const headers = progressHeaders(progress)
    throw new OciError('RANGE_INVALID', {
      message: error.message,
      detail: { size: progress.size },
      headers,
    })
  }
}

/** `/v2/{name}/blobs/uploads/` */
export function uploadsHandlers({ uploads, blobs }: UploadRouteDeps): Handlers<'uploads'> {
  /** A mount that can't be is no error: the client uploads instead (distribution-spec "Mounting a blob"). */
  async function mount(
    repository: RepositoryName,
    query: URLSearchParams,
    by: Actor,
    visible: Visibility | undefined,
  ): Promise<string | undefined> {
    const digest = query.get('mount')
    const from = query.get('from')
    if (digest === null || !isDigest(digest)) return undefined
    if (from !== null && from !== '' && !isRepositoryName(from)) return undefined
    const source = from ? (from as RepositoryName) : undefined
    const mounted = await blobs.mount(digest, repository, source, by, visible)
    return mounted?.digest
  }

  return {
    async POST({ repository }, request, reply) {
      const query = queryOf(request.raw.url as string)
      const by = actorOf(request)
      const mounted = await mount(repository, query, by, visibleTo(request))
      if (mounted !== undefined) return created(reply, repository, mounted)
      const wanted = single(query, 'digest', 'DIGEST_INVALID')
      if (wanted !== undefined) {
        const digest = parseDigest(wanted)
        const { id } = await uploads.start(repository, by)
        try {
          const chunk = {
            body: bodyOfLater(request, reply),
            length: lengthOf(request),
            incoming: incomingBodyOf(request.raw),
          }
          await uploads.finish(repository, id, digest, chunk)
        } catch (error) {
          await uploads.cancel(repository, id).catch(() => {})
          throw error
        }
        return created(reply, repository, digest)
      }
      const algorithm = single(query, 'digest-algorithm', 'DIGEST_INVALID')
      const progress = await uploads.start(
        repository,
        by,
        algorithm === undefined ? undefined : parseAlgorithm(algorithm),
      )
      return reply.code(202).headers(progressHeaders(progress)).send()
    },
  }
}

/** `/v2/{name}/blobs/uploads/{id}` */
export function uploadHandlers({ uploads }: Pick<UploadRouteDeps, 'uploads'>): Handlers<'upload'> {
  return {
    async GET({ repository, id }, _request, reply) {
      const progress = await uploads.progress(repository, id)
      return reply.code(204).headers(progressHeaders(progress)).send()
    },
    async PATCH(target, request, reply) {
      const { repository, id } = target
      const progress = await tellingProgress(uploads, target, async () =>
        uploads.append(repository, id, chunkOf(request, reply)),
      )
      return reply.code(202).headers(progressHeaders(progress)).send()
    },
    async PUT(target, request, reply) {
      const { repository, id } = target
      const query = queryOf(request.raw.url as string)
      const digest = parseDigest(single(query, 'digest', 'DIGEST_INVALID') ?? '')
      await tellingProgress(uploads, target, async () => {
        const chunk = lengthOf(request) === 0 ? undefined : chunkOf(request, reply)
        return uploads.finish(repository, id, digest, chunk)
      })
      return created(reply, repository, digest)
    },
    async DELETE({ repository, id }, _request, reply) {
      await uploads.cancel(repository, id)
      return reply.code(204).send()
    },
  }
}
