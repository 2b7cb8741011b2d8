import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type {
  FastifyBaseLogger,
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
} from 'fastify'
import { type ErrorCode, type ErrorEntry, OciError } from '../oci/errors.ts'
import { Problem, type ProblemCode } from '../services/problem.ts'
import type { Room } from '../services/room.ts'
import { problemBody, problemType, speaksProblems } from './problem-body.ts'

/**
 * The one writer of error answers: `{"errors":[{code,message,detail}]}` (distribution-spec "Error
 * Codes"), and problem documents below /api/v1.
 */

type Refusal = OciError | Problem

/** Codes for what the framework refuses by itself, by status. */
const codeByStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'NAME_INVALID',
  404: 'NAME_UNKNOWN',
  405: 'UNSUPPORTED',
  408: 'SIZE_INVALID',
  413: 'SIZE_INVALID',
  414: 'NAME_INVALID',
  415: 'MANIFEST_INVALID',
  429: 'TOOMANYREQUESTS',
  431: 'NAME_INVALID',
  503: 'UNAVAILABLE',
}

/** The same below /api/v1; INVALID_REQUEST for all others. */
const problemByStatus: Readonly<Record<number, ProblemCode>> = {
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
}

function bodyOf(errors: readonly ErrorEntry[]): Buffer {
  return Buffer.from(JSON.stringify({ errors }))
}

/** An error of ours, or the framework's put into our words; `undefined` for what nobody foresaw. */
function foreseen(error: FastifyError | Refusal, request: FastifyRequest): Refusal | undefined {
  if (error instanceof OciError || error instanceof Problem) return error
  const status = error.statusCode ?? 500
  if (status >= 500 || !error.code?.startsWith('FST_')) return undefined
  if (speaksProblems(request.raw.url as string)) {
    return new Problem(problemByStatus[status] ?? 'INVALID_REQUEST')
  }
  const code = codeByStatus[status] ?? 'UNSUPPORTED'
  return new OciError(code, {
    status,
    message: STATUS_CODES[status] ?? 'the request is malformed',
  })
}

/** Tells the client nothing but where to look. */
function unforeseen({ id }: FastifyRequest): OciError {
  return new OciError('UNKNOWN', {
    message: 'the registry failed to answer; its log tells why under this request id',
    detail: { requestId: id },
  })
}

/** The client is gone: nobody will read the answer, and nothing is wrong with the registry. */
function isGone({ raw }: FastifyRequest): boolean {
  return raw.destroyed && !raw.complete
}

/** An error is about this moment, and perhaps about who asks: nobody keeps it for others. */
const notKept = { 'cache-control': 'no-store' }

/** Type and bytes of an answer, in the words of the API that was asked. */
function wordsOf(answer: Refusal, { id, raw }: FastifyRequest) {
  if (answer instanceof OciError && !speaksProblems(raw.url as string)) {
    const headers = { 'content-type': 'application/json', ...notKept }
    return { headers, body: bodyOf(answer.entries) }
  }
  return { headers: { 'content-type': problemType, ...notKept }, body: problemBody(answer, id) }
}

function send(answer: Refusal, error: Error, request: FastifyRequest, reply: FastifyReply) {
  if (answer.status >= 500) request.log.error({ reqId: request.id, err: error }, 'request failed')
  const { headers, body } = wordsOf(answer, request)
  return reply.code(answer.status).headers(answer.headers).headers(headers).send(body)
}

/** The first byte of a TLS connection: a record of a handshake (RFC 8446 §5.1). */
const handshake = 0x16

interface ClientError extends NodeJS.ErrnoException {
  /** What came, if it could not be parsed. */
  readonly rawPacket?: unknown
}

/**
 * What can't be read as HTTP has no request to answer through.
 * @param headers of every answer.
 */
export function createClientErrorAnswer(
  headers: Readonly<Record<string, string>>,
  logger: Pick<FastifyBaseLogger, 'info'>,
): (error: ClientError, socket: Socket) => void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    if (Buffer.isBuffer(error.rawPacket) && error.rawPacket[0] === handshake) {
      const { remoteAddress: client } = socket
      logger.info({ client }, 'a client speaks TLS to this port, which speaks plain HTTP')
    }
    const tooLarge = error.code === 'HPE_HEADER_OVERFLOW'
    const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
    const status = tooLarge ? 431 : late ? 408 : 400
    const message = STATUS_CODES[status] as string
    const body = bodyOf([{ code: codeByStatus[status] as ErrorCode, message }])
    socket.end(
      `HTTP/1.1 ${status} ${message}\r\n${lines.join('')}content-type: application/json\r\ncache-control: no-store\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    )
  }
}

/** For URLs that the router itself can't read. @param headers of every answer. */
export function createFrameworkErrorAnswer(headers: Readonly<Record<string, string>>) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const answer = foreseen(error, request) ?? unforeseen(request)
    send(answer, error, request, reply.headers(headers))
  }
}

/** Remembers which methods each path has; the framework would answer 404 for the others. */
function rememberMethods(app: FastifyInstance): (url: string) => readonly string[] {
  const methods = new Map<string, readonly string[]>()
  app.addHook('onRoute', ({ url, method }) => {
    methods.set(url, [...(methods.get(url) ?? []), ...[method].flat()])
  })
  return (url) => methods.get(url.split('?', 1)[0] as string) ?? []
}

export function installErrorHandlers(app: FastifyInstance, room: Pick<Room, 'explain'>): void {
  const allowedAt = rememberMethods(app)
  app.setErrorHandler(async (error: FastifyError | Refusal, request, reply) => {
    if (isGone(request)) {
      request.log.debug({ reqId: request.id, err: error }, 'the client went away')
      return reply.code(400).send()
    }
    const answer = foreseen(error, request) ?? (await room.explain(error)) ?? unforeseen(request)
    return send(answer, error, request, reply)
  })
  app.setNotFoundHandler((request) => {
    const allowed = allowedAt(request.raw.url as string)
    if (allowed.length === 0) {
      throw new OciError('NAME_UNKNOWN', { message: 'there is nothing at this path' })
    }
    throw new OciError('UNSUPPORTED', {
      message: `the method is not supported here; use ${allowed.join(', ')}`,
      headers: { allow: allowed.join(', ') },
    })
  })
}
