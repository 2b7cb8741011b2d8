import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { Interruption } from '../../services/interruption.ts'
import type { Observer } from '../exchanges.ts'
import { readUnacknowledged } from './kernel.ts'
import type { PaceLimits, TooSlow } from './pace.ts'
import { createWatch, type Watch } from './watch.ts'

/**
 * Ends requests whose client sends or takes nothing, or too little. Time counts only while the
 * client is waited for: not while the registry waits for its disk, a lock or a commit. Connections
 * without a request are Node's business (`headersTimeout`, `keepAliveTimeout`).
 */

export interface SlowClientOptions extends PaceLimits {
  /** Whether a request's body is being read and the client is waited for. */
  readonly isAwaited: (request: IncomingMessage) => boolean
  /** Makes the reading of a body fail, so that an answer can be sent; false if it isn't read. */
  readonly interrupt: (request: IncomingMessage, reason: Error) => boolean
}

/** Milliseconds between two looks at all requests under way. */
function intervalOf({ idleTimeout, minRate, minRateWindow }: PaceLimits): number {
  const limits = [idleTimeout, minRate > 0 ? minRateWindow : 0].filter((limit) => limit > 0)
  return Math.min(5000, Math.max(50, Math.min(...limits) / 4))
}

/** The answer to a body that does not come, where one can still be given. */
function tooSlow({ limit }: TooSlow, { idleTimeout, minRate, minRateWindow }: PaceLimits) {
  const message =
    limit === 'http.idleTimeout'
      ? `nothing of the body came for ${idleTimeout / 1000} seconds`
      : `less than ${minRate} bytes a second of the body came over ${minRateWindow / 1000} seconds`
  return new Interruption('SIZE_INVALID', {
    status: 408,
    message,
    headers: { connection: 'close' },
  })
}

function cut({ request, raw }: FastifyReply, verdict: TooSlow, options: SlowClientOptions): void {
  const allowed = verdict.limit === 'http.minRate' ? options.minRate : options.idleTimeout
  const { method, ip: client } = request
  request.log.info(
    { reqId: request.id, client, method, ...verdict, allowed },
    'a client is too slow and is let go',
  )
  if (raw.headersSent || !options.interrupt(request.raw, tooSlow(verdict, options))) {
    request.raw.socket.destroy()
  }
}

/** Requests under way; a watch begins at the first look. */
type Watched = Map<FastifyReply, Watch | undefined>

/** Takes note of what has moved everywhere; gives the requests to judge, suspects with their inode. */
function lookAround(
  watched: Watched,
  elapsed: number,
  options: SlowClientOptions,
): ReadonlyMap<FastifyReply, number | undefined> {
  const { isAwaited } = options
  const seen = new Map<FastifyReply, number | undefined>()
  for (const [reply, watch] of watched) {
    const { raw: request } = reply.request
    if (request.socket.destroyed) watched.delete(reply)
    else if (watch) seen.set(reply, watch.look(elapsed))
    else watched.set(reply, createWatch({ request, response: reply.raw, isAwaited }, options))
  }
  return seen
}

async function judgeAll(
  watched: Watched,
  elapsed: number,
  options: SlowClientOptions,
): Promise<void> {
  const seen = lookAround(watched, elapsed, options)
  const inodes = new Set([...seen.values()].filter((inode) => inode !== undefined))
  const unacknowledged = inodes.size > 0 ? await readUnacknowledged(inodes) : undefined
  for (const [reply, inode] of seen) {
    const held = inode === undefined ? undefined : unacknowledged?.get(inode)
    const verdict = watched.get(reply)?.judge(held)
    if (verdict && watched.delete(reply)) cut(reply, verdict, options)
  }
}

/** Watches until the server closes. */
export function createSlowClients(app: FastifyInstance, options: SlowClientOptions): Observer {
  if (options.idleTimeout === 0 && options.minRate === 0) return { begin: () => undefined }
  const watched: Watched = new Map()
  const interval = intervalOf(options)
  let last = performance.now()
  let looking = false

  async function look(): Promise<void> {
    if (looking) return
    looking = true
    const now = performance.now()
    // Time in which this process did not run is no client's fault.
    const elapsed = Math.min(now - last, 2 * interval)
    last = now
    try {
      await judgeAll(watched, elapsed, options)
    } catch (error) {
      app.log.error({ err: error }, 'looking for slow clients failed; it is tried again')
    }
    looking = false
  }

  const timer = setInterval(() => void look(), interval)
  timer.unref()
  app.addHook('onClose', async () => clearInterval(timer))
  return {
    begin(_request, reply) {
      watched.set(reply, undefined)
      return () => watched.delete(reply)
    },
  }
}
