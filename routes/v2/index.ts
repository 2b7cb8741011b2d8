import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { OciError } from '../../src/oci/errors.ts'
import type { ActivityLog } from '../../src/services/activity/activity.ts'
import type { Blobs } from '../../src/services/blobs.ts'
import type { Catalog } from '../../src/services/catalog.ts'
import type { Manifests } from '../../src/services/manifests.ts'
import type { PullNotes } from '../../src/services/pulls/create.ts'
import type { Referrers } from '../../src/services/referrers.ts'
import type { Uploads } from '../../src/services/uploads.ts'
import { createWaitForEarlier } from '../http/in-order.ts'
import type { Authorize } from './authorize.ts'
import { baseHandlers } from './base.ts'
import { blobHandlers } from './blobs.ts'
import { catalogHandlers } from './catalog.ts'
import { type Handler, type Handlers, type HandlerTable, type Method, methods } from './handler.ts'
import { manifestHandlers } from './manifests.ts'
import { referrersHandlers } from './referrers.ts'
import { tagsHandlers } from './tags.ts'
import { parseTarget, type Target, type TargetKind } from './target.ts'
import { uploadHandlers, uploadsHandlers } from './uploads.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the URL names, below `/v2`; `undefined` elsewhere and until it is parsed. */
    target: Target | undefined
  }
}

export interface V2Options {
  readonly blobs: Blobs
  readonly catalog: Catalog
  readonly manifests: Manifests
  readonly pulls: PullNotes
  readonly referrers: Referrers
  readonly uploads: Uploads
  /** Told of pulls; absent where nobody wants to know. */
  readonly activity?: Pick<ActivityLog, 'note'> | undefined
  /** Absent: everybody may do everything. */
  readonly authorize: Authorize | undefined
  /** Off: no blob, manifest or tag can be deleted. */
  readonly deleteEnabled: boolean
  readonly maxManifestSize: number
  readonly maxPageSize: number
}

/** Deletion has one gate, before every path that could delete content. */
function withoutDelete<K extends TargetKind>({ DELETE: _, ...handlers }: Handlers<K>): Handlers<K> {
  return {
    ...handlers,
    async DELETE() {
      throw new OciError('UNSUPPORTED', {
        message: 'deletion is switched off in this registry (delete.enabled)',
        headers: { allow: allowedBy(handlers).join(', ') },
      })
    },
  }
}

/** The methods that handlers answer, as `Allow` tells them. */
function allowedBy(handlers: object): readonly string[] {
  const known = new Set(Object.keys(handlers))
  return methods.filter((method) => known.has(method) || (method === 'HEAD' && known.has('GET')))
}

function handlerTable(options: V2Options): HandlerTable {
  const gate = <K extends TargetKind>(handlers: Handlers<K>) =>
    options.deleteEnabled ? handlers : withoutDelete(handlers)
  return {
    base: baseHandlers(),
    catalog: catalogHandlers(options),
    tags: tagsHandlers(options),
    manifest: gate(manifestHandlers({ ...options, maxSize: options.maxManifestSize })),
    blob: gate(blobHandlers(options)),
    referrers: referrersHandlers(options),
    uploads: uploadsHandlers(options),
    upload: uploadHandlers(options),
  }
}

function notAllowed(handlers: object): OciError {
  const allow = allowedBy(handlers).join(', ')
  return new OciError('UNSUPPORTED', {
    message: `the method is not supported here; use ${allow}`,
    headers: { allow },
  })
}

/** HEAD is GET without the body, unless there is a cheaper way. */
function handlerOf(
  handlers: HandlerTable[Target['kind']],
  method: Method,
): Handler<Target['kind']> | undefined {
  const found = handlers[method] ?? (method === 'HEAD' ? handlers.GET : undefined)
  return found as Handler<Target['kind']> | undefined
}

/** A content type nobody can read says nothing; what matters is the body. */
function forgiveContentType({ headers }: FastifyRequest['raw']): void {
  const type = headers['content-type']
  if (type !== undefined && !/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+\s*(?:;|$)/.test(type)) {
    headers['content-type'] = 'application/octet-stream'
  }
}

/** Gives what is wrong with the request's URL. */
function readTarget(request: FastifyRequest): Error | undefined {
  try {
    forgiveContentType(request.raw)
    request.target = parseTarget(request.raw.url as string)
    return undefined
  } catch (error) {
    return error as Error
  }
}

/**
 * The distribution API. One wildcard route: the framework's own parameters can't hold names with
 * slashes, decode twice and cap lengths; see {@link parseTarget}.
 */
export function v2Routes(app: FastifyInstance, options: V2Options, done: () => void): void {
  const table = handlerTable(options)

  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))

  const waitForEarlier = createWaitForEarlier()
  app.addHook('onRequest', (request, reply, done) => {
    const begin = () => done(readTarget(request))
    const earlier = waitForEarlier(request.raw, reply.raw)
    if (earlier === undefined) begin()
    else void earlier.then(begin)
  })

  async function dispatch(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { target } = request
    options.authorize?.(target, request)
    if (!target) throw new OciError('NAME_UNKNOWN', { message: 'there is no such endpoint' })
    const handlers: HandlerTable[Target['kind']] = table[target.kind]
    const handler = handlerOf(handlers, request.method as Method)
    if (!handler) throw notAllowed(handlers)
    return handler(target, request, reply)
  }

  // Every method comes here, so that those we don't know are told what we do know.
  for (const url of ['/v2/*', '/v2']) {
    app.route({ method: app.supportedMethods, url, handler: dispatch })
  }
  done()
}
