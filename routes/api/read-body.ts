import type { FastifyReply, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import { bareType } from '../../src/oci/media-types.ts'
import { Problem } from '../../src/services/problem.ts'
import { lengthOf, readBody } from '../http/body.ts'
import { describeMistake, findMistake } from './check.ts'

/** Bytes. */
export const maxBody = 1024 * 1024

function refuseOtherTypes(request: FastifyRequest): void {
  const type = bareType(request.headers['content-type'])
  if (type === 'application/json' || (type === '' && lengthOf(request) === 0)) return
  throw new Problem('UNSUPPORTED_MEDIA_TYPE', {
    message: 'the body must be JSON; say so with Content-Type: application/json',
    params: { expected: 'application/json' },
  })
}

async function readText(request: FastifyRequest, reply: FastifyReply): Promise<Buffer> {
  if ((lengthOf(request) ?? 0) <= maxBody) return readBody(request, reply, maxBody)
  throw new Problem('BODY_TOO_LARGE', {
    message: `the body is longer than the ${maxBody} bytes allowed here`,
    params: { limit: maxBody },
  })
}

function parse(bytes: Buffer): unknown {
  if (bytes.length === 0) return {}
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new Problem('INVALID_BODY', { message: 'the body is not a JSON document in UTF-8' })
  }
}

/**
 * The body, read and checked; `{}` if there is none.
 * @throws Problem UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE, INVALID_BODY
 */
export async function readJson(
  request: FastifyRequest,
  reply: FastifyReply,
  schema: TSchema,
): Promise<unknown> {
  refuseOtherTypes(request)
  const value = parse(await readText(request, reply))
  const mistake = findMistake(schema, value)
  if (mistake) throw new Problem('INVALID_BODY', describeMistake(mistake, 'field'))
  return value
}
