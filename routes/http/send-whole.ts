import type { FastifyReply } from 'fastify'

/**
 * Sends an answer whose headers, `content-length` among them, are all set and whose body is at hand,
 * past the framework's serializing and hooks. Text has to be ASCII: it leaves in one write with the
 * headers, which bytes don't.
 */
export function sendWhole(reply: FastifyReply, body?: string | Buffer): FastifyReply {
  const { raw, statusCode } = reply
  reply.hijack()
  raw.writeHead(statusCode, reply.getHeaders() as Record<string, string>)
  if (body === undefined || reply.request.method === 'HEAD') raw.end()
  else raw.end(typeof body === 'string' ? body : body.toString('latin1'), 'latin1')
  return reply
}
