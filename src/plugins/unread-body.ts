import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'

/**
 * An answer that comes before the body was read (a refusal) must reach the client, and the rest of
 * the body must not keep us busy: Node would read it to its end, whatever its size. So a little is
 * read on, for clients that are nearly through, then reading stops and the connection is closed.
 */

/** Bytes still taken off the connection after an early answer. */
const maxDrained = 1024 * 1024
/** Milliseconds until the connection is closed if the body has not ended by then. */
const lingerFor = 3000

function hasUnreadBody({ headers, complete, destroyed, readableEnded }: IncomingMessage): boolean {
  const announced =
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  return announced && !complete && !destroyed && !readableEnded
}

function drain(request: IncomingMessage): void {
  let seen = 0
  const timer = setTimeout(() => request.socket.destroy(), lingerFor)
  request.on('data', (chunk: Buffer) => {
    seen += chunk.length
    if (seen > maxDrained) request.pause()
  })
  request.once('close', () => clearTimeout(timer))
  request.once('error', () => {})
}

export function installUnreadBody(app: FastifyInstance): void {
  // A client that asks before it sends is answered by the handler: see routes/http/body.ts.
  app.server.on('checkContinue', (request, response) => {
    app.server.emit('request', request, response)
  })
  app.addHook('onSend', async ({ raw }) => {
    if (hasUnreadBody(raw)) drain(raw)
  })
}
