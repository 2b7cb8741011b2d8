import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'

/**
 * An answer that comes before the body was read (a refusal) must reach the client, and the rest of
 * the body must not keep us busy: Node would read it to its end, whatever its size. A short rest is
 * read, and the connection serves on. Before a long one the answer says that the connection closes;
 * it is closed for writing, read on a little, so that the client sees the answer and not a reset,
 * and then cut.
 */

/** Bytes still taken off the connection after an early answer. */
const maxDrained = 1024 * 1024
/** Milliseconds until the connection is cut if the body has not ended by then. */
const lingerFor = 3000

function hasUnreadBody({ headers, complete, destroyed, readableEnded }: IncomingMessage): boolean {
  const announced =
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  return announced && !complete && !destroyed && !readableEnded
}

function isShort({ headers }: IncomingMessage): boolean {
  return (
    headers['transfer-encoding'] === undefined && Number(headers['content-length']) <= maxDrained
  )
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

/** Node cuts a connection as soon as its last answer is written; here that would lose the answer. */
function closeGently({ socket }: IncomingMessage): void {
  socket.destroySoon = () => socket.end()
}

export function installUnreadBody(app: FastifyInstance): void {
  // A client that asks before it sends is answered by the handler: see routes/http/body.ts.
  app.server.on('checkContinue', (request, response) => {
    app.server.emit('request', request, response)
  })
  app.addHook('onSend', async ({ raw }, reply) => {
    if (!hasUnreadBody(raw)) return
    if (!isShort(raw)) {
      reply.header('connection', 'close')
      closeGently(raw)
    }
    drain(raw)
  })
}
