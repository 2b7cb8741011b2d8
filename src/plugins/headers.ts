import type { FastifyInstance } from 'fastify'

/** On every answer: which API this is, and that nothing here is to be sniffed, framed or leaked. */
export const commonHeaders: Readonly<Record<string, string>> = {
  'docker-distribution-api-version': 'registry/2.0',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}

/** For a year a browser that has seen HTTPS here asks for nothing else (RFC 6797). */
const onlySecure = { 'strict-transport-security': 'max-age=31536000' }

export interface HeaderOptions {
  /** The registry itself speaks HTTPS, on every connection. */
  readonly secure: boolean
  /** A trusted proxy may, and says so by `X-Forwarded-Proto`. */
  readonly behindProxy: boolean
}

export function installHeaders(app: FastifyInstance, { secure, behindProxy }: HeaderOptions): void {
  const headers = secure ? { ...commonHeaders, ...onlySecure } : commonHeaders
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers)
    if (behindProxy && !secure && request.protocol === 'https') reply.headers(onlySecure)
    done()
  })
}
