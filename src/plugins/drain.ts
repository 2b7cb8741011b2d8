import type { FastifyInstance } from 'fastify'

/** While the registry stops, each answer closes its connection, so that clients go elsewhere. */
export function installDrain(app: FastifyInstance): void {
  let draining = false
  app.addHook('preClose', async () => {
    draining = true
  })
  app.addHook('onRequest', (_request, reply, done) => {
    if (draining) reply.header('connection', 'close')
    done()
  })
}
