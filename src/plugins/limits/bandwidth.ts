import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Allowances } from '../../services/allowances/allowances.ts'
import { accountKey, addressKey } from './client-key.ts'
import type { IdentityOf } from './requests.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Says when bytes of the answer may go; `undefined` where no limit is set. */
    sending?: Sending
  }
}

/** Slows an answer down to what its client may be sent. */
export interface Sending {
  /** Bytes that are sent at once at most. */
  readonly piece: number
  /** Resolves when so many more may be sent; rejects never. */
  before(bytes: number): Promise<void>
}

/** Pieces a second of one answer, so that it flows and does not come in gusts. */
const piecesPerSecond = 8
const smallestPiece = 4096

export interface BandwidthOptions {
  readonly allowances: Pick<Allowances, 'reserveBytes'>
  /** Bytes a second. */
  readonly bandwidth: number
  readonly identityOf: IdentityOf
}

function clientOf(request: FastifyRequest, identityOf: IdentityOf): string {
  const account = identityOf(request)?.account
  return account === undefined ? addressKey(request.ip) : accountKey(account.id)
}

/**
 * Limits what one client is sent over all its connections. A download waits before each of its
 * pieces; all other answers go at once, are counted, and make the next request wait. Nobody is
 * refused. While an answer waits here its client is not waited for: it is not too slow.
 * To be installed after what finds out who asks.
 */
export function limitBandwidth(app: FastifyInstance, options: BandwidthOptions): void {
  const { allowances, bandwidth, identityOf } = options
  const piece = Math.max(smallestPiece, Math.floor(bandwidth / piecesPerSecond))
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.probe === true) return
    const client = clientOf(request, identityOf)
    const written = request.raw.socket.bytesWritten ?? 0
    let counted = 0
    request.sending = {
      piece,
      async before(bytes) {
        counted += bytes
        const wait = await allowances.reserveBytes(client, bytes)
        if (wait > 0) await sleep(wait, undefined, { ref: false })
      },
    }
    reply.raw.once('close', () => {
      const rest = (request.raw.socket.bytesWritten ?? 0) - written - counted
      if (rest > 0) void allowances.reserveBytes(client, rest)
    })
    const debt = await allowances.reserveBytes(client, 0)
    if (debt > 0) await sleep(debt, undefined, { ref: false })
  })
}
