import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'

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

function isPull(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

function isShort({ headers }: IncomingMessage): boolean {
  return (
    headers['transfer-encoding'] === undefined && Number(headers['content-length']) <= maxDrained
  )
}

/** Takes bytes off the connection until the body ends or `maxDrained` is reached. */
function drain(request: IncomingMessage): void {
  let seen = 0
  request.on('data', (chunk: Buffer) => {
    seen += chunk.length
    if (seen > maxDrained) request.pause()
  })
  request.once('error', () => {})
}

/** Cuts the connection if the body has not ended in time. */
function linger(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return
  const timer = setTimeout(() => request.socket.destroy(), lingerFor)
  request.once('close', () => clearTimeout(timer))
}

/** Node cuts a connection as soon as its last answer is written; here that would lose the answer. */
function closeGently({ socket }: IncomingMessage): void {
  socket.destroySoon = () => socket.end()
}

/** A connection that is to end, or has too much on it to wait for. */
function endsWith(request: IncomingMessage, reply: FastifyReply): boolean {
  return !isShort(request) || reply.getHeader('connection') === 'close'
}

function settle(request: IncomingMessage, reply: FastifyReply): void {
  if (endsWith(request, reply)) {
    reply.header('connection', 'close')
    closeGently(request)
  }
  drain(request)
}

export function installUnreadBody(app: FastifyInstance): void {
  // A client that asks before it sends is answered by the handler: see routes/http/body.ts.
  app.server.on('checkContinue', (request, response) => {
    app.server.emit('request', request, response)
  })
  // Nobody reads the body of a GET, and a download passes by `onSend`: its body is settled at once.
  app.addHook('onRequest', ({ raw, method }, reply, done) => {
    if (isPull(method) && hasUnreadBody(raw)) {
      settle(raw, reply)
      reply.raw.once('finish', () => linger(raw))
    }
    done()
  })
  app.addHook('onSend', ({ raw, method }, reply, payload, done) => {
    if (!isPull(method) && hasUnreadBody(raw)) {
      settle(raw, reply)
      linger(raw)
    }
    done(null, payload)
  })
}
