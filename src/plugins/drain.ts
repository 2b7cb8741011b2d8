import type { FastifyInstance } from 'fastify'
import { OciError } from '../oci/errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Asked by machines whether the registry is well: answered to the end, and never waited for. */
    readonly probe?: boolean
  }
}

/**
 * How requests see the registry stop. First it is announced: all is served, but each answer closes
 * its connection, so that clients go elsewhere. Then only what is under way is finished.
 */
export interface Drain {
  announce(): void
  isAnnounced(): boolean
  /** Refuses new requests, but for probes. */
  refuse(): void
  /** Requests under way, probes not counted. */
  underWay(): number
}

export function createDrain(): Drain & { readonly install: (app: FastifyInstance) => void } {
  let announced = false
  let refusing = false
  let count = 0

  function install(app: FastifyInstance): void {
    app.addHook('preClose', async () => {
      announced = true
    })
    app.addHook('onRequest', (request, reply, done) => {
      if (announced) reply.header('connection', 'close')
      if (request.routeOptions.config.probe) return done()
      count++
      reply.raw.once('close', () => {
        count--
      })
      if (!refusing) return done()
      done(
        new OciError('UNAVAILABLE', {
          message: 'the registry is stopping; try again in a moment',
          headers: { 'retry-after': '1' },
        }),
      )
    })
  }

  return {
    install,
    announce() {
      announced = true
    },
    isAnnounced: () => announced,
    refuse() {
      refusing = true
    },
    underWay: () => count,
  }
}
