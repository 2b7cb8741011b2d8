import type { FastifyInstance } from 'fastify'
import type { Place } from './open.ts'

/** Lets an application of this process answer on connections that it has not accepted itself. */
export async function openHere(app: FastifyInstance): Promise<Place> {
  await app.ready()
  // Its server never listens. Node looks after a server's connections, their time-outs and those that
  // are idle, from this event on.
  app.server.emit('listening')
  let open = 0
  return {
    get open() {
      return open
    },
    take(socket, onClosed) {
      open += 1
      socket.once('close', () => {
        open -= 1
        onClosed()
      })
      app.server.emit('connection', socket)
      socket.resume()
    },
  }
}
