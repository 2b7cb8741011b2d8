import type { FastifyReply, FastifyRequest } from 'fastify'
import { OciError } from '../../src/oci/errors.ts'
import { createBodyReader } from './body-reader.ts'

/** The announced length of the body in bytes; `undefined` when it comes in chunks. */
export function lengthOf({ headers }: FastifyRequest): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined
  return Number(headers['content-length'] ?? 0)
}

/**
 * The body as it arrives. A client that waits for leave to send (`Expect: 100-continue`) gets it
 * here: so it was not sent when a request is refused before its body is wanted.
 * Ending the iteration early leaves the connection alone, for the answer.
 */
export function bodyOf(request: FastifyRequest, reply: FastifyReply): AsyncIterable<Buffer> {
  if (/100-continue/i.test(request.headers.expect ?? '')) reply.raw.writeContinue()
  return createBodyReader(request.raw)
}

/**
 * The whole body in memory.
 * @param limit bytes. @throws OciError SIZE_INVALID (413) if it is longer, before reading if announced.
 */
export async function readBody(
  request: FastifyRequest,
  reply: FastifyReply,
  limit: number,
): Promise<Buffer> {
  const tooLarge = new OciError('SIZE_INVALID', {
    status: 413,
    message: `the body is longer than the ${limit} bytes allowed here`,
    detail: { limit },
  })
  if ((lengthOf(request) ?? 0) > limit) throw tooLarge
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of bodyOf(request, reply)) {
    size += chunk.length
    if (size > limit) throw tooLarge
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}
