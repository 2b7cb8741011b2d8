import type { FastifyInstance } from 'fastify'
import type { Health } from '../src/services/health.ts'

export interface HealthOptions {
  readonly health: Health
}

/** `/healthz`: the process answers. `/readyz`: it can store and find things. `/`: for plain probes. */
export function healthRoutes(
  app: FastifyInstance,
  { health }: HealthOptions,
  done: () => void,
): void {
  const methods = ['GET', 'HEAD']
  const config = { probe: true }

  app.route({
    method: methods,
    url: '/',
    config,
    handler: async (_request, reply) =>
      reply.type('text/plain').send('Layerhouse, a container registry. Its API is at /v2/\n'),
  })

  app.route({ method: methods, url: '/healthz', config, handler: async () => ({ status: 'ok' }) })

  app.route({
    method: methods,
    url: '/readyz',
    config,
    handler: async (_request, reply) => {
      const state = await health.check()
      if (state.ready) return { status: 'ok' }
      return reply.code(503).send({ status: 'unavailable', reason: state.reason })
    },
  })

  done()
}
