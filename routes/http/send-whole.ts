import type { FastifyReply } from 'fastify'

/**
 * Sends an answer whose headers, `content-length` among them, are all set and whose body is at hand,
 * past the framework's serializing and hooks.
 */
export function sendWhole(reply: FastifyReply, body?: string | Buffer): FastifyReply {
  const { raw, statusCode } = reply
  reply.hijack()
  raw.writeHead(statusCode, reply.getHeaders() as Record<string, string>)
  if (body === undefined || reply.request.method === 'HEAD') raw.end()
  else raw.end(body)
  return reply
}

/** Sends a value that JSON can write. */
export function sendJson(
  reply: FastifyReply,
  value: unknown,
  mediaType = 'application/json; charset=utf-8',
): FastifyReply {
  const text = JSON.stringify(value)
  const headers = { 'content-type': mediaType, 'content-length': Buffer.byteLength(text) }
  return sendWhole(reply.headers(headers), text)
}
