import type { FastifyInstance } from 'fastify'

/** On every answer: which API this is, and that nothing here is to be sniffed, framed or leaked. */
const commonHeaders: Readonly<Record<string, string>> = {
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

/** Those that are the same on every answer. */
export function headersOf({
  secure,
}: Pick<HeaderOptions, 'secure'>): Readonly<Record<string, string>> {
  return secure ? { ...commonHeaders, ...onlySecure } : commonHeaders
}

export function installHeaders(app: FastifyInstance, options: HeaderOptions): void {
  const headers = headersOf(options)
  const asksProxy = options.behindProxy && !options.secure
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers)
    if (asksProxy && request.protocol === 'https') reply.headers(onlySecure)
    done()
  })
}
