import type { FastifyInstance } from 'fastify'

/** On every answer: which API this is, and that nothing here is to be sniffed, framed or leaked. */
export const commonHeaders: Readonly<Record<string, string>> = {
  'docker-distribution-api-version': 'registry/2.0',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}

export function installHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(commonHeaders)
    done()
  })
}
