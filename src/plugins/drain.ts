import type { FastifyInstance, FastifyRequest } from 'fastify'
import { OciError } from '../oci/errors.ts'
import type { Observer } from './exchanges.ts'

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

export interface InstallableDrain extends Drain {
  /** Counts what is under way. */
  readonly observer: Observer
  /** Makes the server refuse what it is to refuse. */
  readonly install: (app: FastifyInstance) => void
}

function isProbe({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.probe === true
}

export function createDrain(): InstallableDrain {
  let announced = false
  let refusing = false
  const requests = new Set<FastifyRequest>()

  function install(app: FastifyInstance): void {
    app.addHook('preClose', async () => {
      announced = true
    })
    app.addHook('onRequest', (request, reply, done) => {
      if (announced) reply.header('connection', 'close')
      if (!refusing || isProbe(request)) return done()
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
    observer: {
      begin(request) {
        requests.add(request)
        return () => requests.delete(request)
      },
    },
    announce() {
      announced = true
    },
    isAnnounced: () => announced,
    refuse() {
      refusing = true
    },
    underWay: () => [...requests].filter((request) => !isProbe(request)).length,
  }
}
