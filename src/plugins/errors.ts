import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, type ErrorEntry, OciError } from '../oci/errors.ts'
import { isFullDisk } from '../services/full-disk.ts'
import { explainScarceFiles } from '../services/scarce-files.ts'
import { commonHeaders } from './headers.ts'

/** The one writer of error answers: `{"errors":[{code,message,detail}]}` (distribution-spec "Error Codes"). */

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

function bodyOf(errors: readonly ErrorEntry[]): Buffer {
  return Buffer.from(JSON.stringify({ errors }))
}

/** An error of ours, or the framework's put into our words; nothing else is told to the client. */
function present(error: FastifyError | OciError, requestId: string): OciError {
  if (error instanceof OciError) return error
  const status = error.statusCode ?? 500
  if (status < 500 && error.code?.startsWith('FST_')) {
    const code = codeByStatus[status] ?? 'UNSUPPORTED'
    return new OciError(code, {
      status,
      message: STATUS_CODES[status] ?? 'the request is malformed',
    })
  }
  const scarce = explainScarceFiles(error)
  if (scarce) return scarce
  if (isFullDisk(error)) {
    return new OciError('UNAVAILABLE', {
      status: 507,
      message: "the registry's disk is full; free some space there, then try again",
    })
  }
  return new OciError('UNKNOWN', {
    message: 'the registry failed to answer; its log tells why under this request id',
    detail: { requestId },
  })
}

/** The client is gone: nobody will read the answer, and nothing is wrong with the registry. */
function isGone({ raw }: FastifyRequest): boolean {
  return raw.destroyed && !raw.complete
}

function send(error: FastifyError | OciError, request: FastifyRequest, reply: FastifyReply) {
  if (isGone(request)) {
    request.log.debug({ err: error }, 'the client went away')
    return reply.code(400).send()
  }
  const answer = present(error, request.id)
  if (answer.status >= 500) request.log.error({ err: error }, 'request failed')
  return reply
    .code(answer.status)
    .headers(answer.headers)
    .header('content-type', 'application/json')
    .send(bodyOf(answer.entries))
}

/** What can't be read as HTTP has no request to answer through. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW'
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  const status = tooLarge ? 431 : late ? 408 : 400
  const message = STATUS_CODES[status] as string
  const body = bodyOf([{ code: codeByStatus[status] as ErrorCode, message }])
  socket.end(
    `HTTP/1.1 ${status} ${message}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  )
}

/** For URLs that the router itself can't read. */
export function answerFrameworkError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  send(error, request, reply.headers(commonHeaders))
}

/** Remembers which methods each path has; the framework would answer 404 for the others. */
function rememberMethods(app: FastifyInstance): (url: string) => readonly string[] {
  const methods = new Map<string, readonly string[]>()
  app.addHook('onRoute', ({ url, method }) => {
    methods.set(url, [...(methods.get(url) ?? []), ...[method].flat()])
  })
  return (url) => methods.get(url.split('?', 1)[0] as string) ?? []
}

export function installErrorHandlers(app: FastifyInstance): void {
  const allowedAt = rememberMethods(app)
  app.setErrorHandler(send)
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
