import type { FastifyReply } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { sendBytes } from '../http/send-bytes.ts'
import { sendWhole } from '../http/send-whole.ts'

/** An answer that is no JSON, and is made while it is sent. */
export interface StreamedAnswer {
  /** Bytes. */
  readonly length: number
  /** What a browser is to call it. */
  readonly fileName: string
  /** Chunks that stay untouched until the second after them is asked for. */
  readonly bytes: AsyncIterable<Buffer>
}

const key = 'contentMediaType'

/** The schema of an answer that is streamed. */
export function streamed(mediaType: string) {
  return Type.Unsafe<StreamedAnswer>({ type: 'string', format: 'binary', [key]: mediaType })
}

/** The media type of a schema that {@link streamed} made. */
export function streamedType(schema: TSchema | undefined): string | undefined {
  const value = (schema as Readonly<Record<string, unknown>> | undefined)?.[key]
  return typeof value === 'string' ? value : undefined
}

/** Sends it; to HEAD its headers alone. */
export async function sendStream(
  mediaType: string,
  { length, fileName, bytes }: StreamedAnswer,
  reply: FastifyReply,
): Promise<FastifyReply> {
  reply.headers({
    'cache-control': 'no-cache',
    'content-type': mediaType,
    'content-length': length,
    'content-disposition': `attachment; filename="${fileName}"`,
    'content-security-policy': "default-src 'none'; sandbox",
  })
  if (reply.request.method !== 'HEAD') return sendBytes(reply, 200, bytes)
  return sendWhole(reply.code(200))
}
