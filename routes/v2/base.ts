import type { Handlers } from './handler.ts'

/** `/v2/`: the client asks whether this is a registry. */
export function baseHandlers(): Handlers<'base'> {
  return {
    GET: async (_target, _request, reply) => reply.type('application/json').send(Buffer.from('{}')),
  }
}
