import type { FastifyReply, FastifyRequest } from 'fastify'
import { type TObject, Type } from 'typebox'
import { apiBase } from '../../src/plugins/problem-body.ts'
import { Problem } from '../../src/services/problem.ts'
import { sendAnswer } from './answer.ts'
import { enforceAfter, enforceBefore } from './enforce.ts'
import { readJson } from './read-body.ts'
import { readPath, readQuery } from './read-query.ts'
import type { Method, Route } from './route.ts'
import { createRouter, type Found } from './router.ts'
import type { ApiServices } from './services.ts'
import { createReceive } from './upload.ts'

export type Answer = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>

const nothing: TObject = Type.Object({})

function pathOf(url: string): string {
  return (url.split('?', 1)[0] as string).slice(apiBase.length)
}

/** The route of a method; HEAD is GET without the body. @throws Problem METHOD_NOT_ALLOWED */
function choose({ routes }: Found, method: string): Route {
  const found = routes.get((method === 'HEAD' ? 'GET' : method) as Method)
  if (found) return found
  const known = [...routes.keys()].flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]))
  const allow = known.join(', ')
  throw new Problem('METHOD_NOT_ALLOWED', {
    message: `the method is not supported here; use ${allow}`,
    params: { allow: known },
    headers: { allow },
  })
}

async function refuseToReceive(): Promise<never> {
  throw new Error('this route takes no upload')
}

/**
 * Finds the route, reads and checks what was sent, refuses who may not ask for it, has it handled, and
 * sends the answer.
 */
export function createAnswer(services: ApiServices, routes: readonly Route[]): Answer {
  const find = createRouter(routes)

  async function handle(
    route: Route,
    found: Found,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<unknown> {
    const asked = {
      path: readPath(found.values, route.parameters ?? nothing),
      query: readQuery(request.raw.url as string, route.query ?? nothing),
      body: undefined,
    }
    const early = await enforceBefore(route.access, asked as never, request, services)
    if (early) return early.answer
    const body = route.body && (await readJson(request, reply, route.body))
    const whole = { ...asked, body }
    const late = await enforceAfter(route.access, whole as never, request, services)
    if (late) return late.answer
    const receive = route.upload ? createReceive(route.upload, request, reply) : refuseToReceive
    return route.handle({ ...whole, receive, request, reply }, services)
  }

  return async (request, reply) => {
    const url = request.raw.url as string
    const found = find(pathOf(url))
    if (!found) throw new Problem('NOT_FOUND')
    request.apiPath = apiBase + found.path
    const route = choose(found, request.method)
    return sendAnswer(route, await handle(route, found, request, reply), request, reply)
  }
}
