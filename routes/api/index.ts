import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { apiBase } from '../../src/plugins/problem-body.ts'
import { Problem } from '../../src/services/problem.ts'
import { createWaitForEarlier } from '../http/in-order.ts'
import type { Answer } from './answering.ts'
import type { ApiServices } from './services.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The pattern of the management API's path that was asked for, once it is known. */
    apiPath: string | undefined
  }
}

/** A page of another web site must not change anything in the name of whoever looks at it. */
function refuseCrossSite({ method, headers }: FastifyRequest): Problem | undefined {
  const safe = method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
  return !safe && headers['sec-fetch-site'] === 'cross-site' ? new Problem('CROSS_SITE') : undefined
}

/**
 * The management API. The table of its routes is loaded with the first request: the schemas cost
 * 25 MB of memory in each process, and most processes are only ever asked for content.
 */
export function apiRoutes(app: FastifyInstance, services: ApiServices, done: () => void): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload))

  const waitForEarlier = createWaitForEarlier()
  app.addHook('onRequest', (request, reply, next) => {
    const begin = () => next(refuseCrossSite(request))
    const earlier = waitForEarlier(request.raw, reply.raw)
    if (earlier === undefined) begin()
    else void earlier.then(begin)
  })

  let loading: Promise<Answer> | undefined
  async function load(): Promise<Answer> {
    const [{ createAnswer }, { routes }] = await Promise.all([
      import('./answering.ts'),
      import('./table.ts'),
    ])
    return createAnswer(services, routes)
  }
  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    loading ??= load().catch((error: unknown) => {
      loading = undefined
      throw error
    })
    return (await loading)(request, reply)
  }
  for (const url of [apiBase, `${apiBase}/*`]) {
    app.route({ method: app.supportedMethods, url, handler: answer })
  }
  done()
}
