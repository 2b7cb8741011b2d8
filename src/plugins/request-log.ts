import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import type { Observer } from './exchanges.ts'

/** What a route adds to its line in the log. */
export interface RequestFacts {
  /** The route's pattern, with names in braces. */
  readonly route: string
  readonly repository?: string | undefined
  readonly digest?: string | undefined
  readonly tag?: string | undefined
  /** Probes and the like: logged at `debug` unless they fail. */
  readonly quiet?: boolean
}

export interface RequestLogOptions {
  readonly describe: (request: FastifyRequest) => RequestFacts
}

/** The status of a request whose client left before an answer began, as nginx writes it. */
const clientGone = 499

interface Traffic {
  /** Milliseconds. */
  readonly at: number
  readonly read: number
  readonly written: number
}

function levelOf(status: number, quiet: boolean | undefined): 'debug' | 'info' | 'error' {
  if (status >= 500) return 'error'
  return quiet ? 'debug' : 'info'
}

/**
 * What came of the body: its length if it is known, else what came over the wire since its headers
 * were read (a short body often comes along with them, and is not seen there).
 */
function received({ raw }: FastifyRequest, start: Traffic): number {
  const length = raw.headers['content-length']
  if (raw.complete && length !== undefined) return Number(length)
  return (raw.socket.bytesRead ?? 0) - start.read
}

interface Lines extends RequestLogOptions {
  readonly logger: FastifyBaseLogger
}

/** One line a request, written when its answer is through or the client is gone. No query: it may hold secrets. */
function writeLine(
  { logger, describe }: Lines,
  request: FastifyRequest,
  reply: FastifyReply,
  start: Traffic,
): void {
  const { quiet, ...facts } = describe(request)
  const { socket } = request.raw
  const aborted = !reply.raw.writableFinished
  const status = reply.raw.headersSent ? reply.raw.statusCode : clientGone
  const level = levelOf(status, quiet)
  logger[level](
    {
      reqId: request.id,
      method: request.method,
      ...facts,
      status,
      bytesIn: received(request, start),
      bytesOut: (socket.bytesWritten ?? 0) - start.written,
      ms: Math.round((performance.now() - start.at) * 100) / 100,
      client: request.ip,
      agent: request.headers['user-agent'],
      ...(aborted ? { aborted } : {}),
    },
    aborted ? 'request aborted' : 'request',
  )
}

export function createRequestLog(
  log: FastifyBaseLogger,
  { describe }: RequestLogOptions,
): Observer {
  // No field of these lines can hold what is to be hidden, and there are many of them.
  const lines = { logger: log.child({}, { redact: [] }), describe }
  return {
    begin(request, reply) {
      const { socket } = request.raw
      const start = {
        at: performance.now(),
        read: socket.bytesRead ?? 0,
        written: socket.bytesWritten ?? 0,
      }
      return () => writeLine(lines, request, reply, start)
    },
  }
}
