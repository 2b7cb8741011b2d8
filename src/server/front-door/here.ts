import type { FastifyInstance } from 'fastify'
import type { Entrance } from '../tls/entrance.ts'
import type { Place } from './open.ts'

/**
 * Lets an application of this process answer on connections that it has not accepted itself.
 * @param entrance makes them secure first.
 */
export async function openHere(
  app: FastifyInstance,
  entrance?: Pick<Entrance, 'take' | 'onSecure'>,
): Promise<Place> {
  await app.ready()
  // Its server never listens. Node looks after a server's connections, their time-outs and those that
  // are idle, from this event on.
  app.server.emit('listening')
  let open = 0
  entrance?.onSecure((secure) => app.server.emit('connection', secure))
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
      if (entrance) return entrance.take(socket)
      app.server.emit('connection', socket)
      socket.resume()
    },
  }
}
