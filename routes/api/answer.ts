import type { FastifyReply, FastifyRequest } from 'fastify'
import { entityTagOf, namesTag } from '../http/entity-tag.ts'
import { sendWhole } from '../http/send-whole.ts'
import type { Route } from './route.ts'
import { type StreamedAnswer, sendStream, streamedType } from './streams.ts'

const forEver = 'private, immutable, max-age=31536000'

type How = Pick<Route, 'answer' | 'status' | 'immutable' | 'secret'>

/** Sends what a handler gave: a stream, JSON with an `ETag`, 304 if the client has it, or 204. */
export async function sendAnswer(
  { answer, status, immutable = false, secret = false }: How,
  value: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const type = streamedType(answer)
  if (type !== undefined) return sendStream(type, value as StreamedAnswer, reply)
  reply.header('cache-control', secret ? 'no-store' : immutable ? forEver : 'no-cache')
  if (answer === undefined) return sendWhole(reply.code(status ?? 204))
  const bytes = Buffer.from(JSON.stringify(value))
  const etag = entityTagOf(bytes)
  if (!secret) reply.header('etag', etag)
  const known = request.headers['if-none-match']
  const safe = request.method === 'GET' || request.method === 'HEAD'
  if (safe && known !== undefined && namesTag(known, etag, true)) return sendWhole(reply.code(304))
  reply.headers({
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes.length,
  })
  return sendWhole(reply.code(status ?? 200), bytes)
}
