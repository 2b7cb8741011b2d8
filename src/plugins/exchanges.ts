import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** What follows requests from their headers to the end of their answers. */
export interface Observer {
  /** A request has begun. What is returned is called once, when its answer is through or broken off. */
  begin(request: FastifyRequest, reply: FastifyReply): (() => void) | undefined
}

/** Runs `observers` in their order, with one hook and one listener a request between them. */
export function installExchanges(app: FastifyInstance, observers: readonly Observer[]): void {
  app.addHook('onRequest', (request, reply, done) => {
    const ends: (() => void)[] = []
    for (const observer of observers) {
      const end = observer.begin(request, reply)
      if (end) ends.push(end)
    }
    reply.raw.once('close', () => {
      for (const end of ends) end()
    })
    done()
  })
}
