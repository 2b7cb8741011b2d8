import type { Socket } from 'node:net'
import type { Place } from '../../server/front-door/open.ts'
import type { WorkerProcess } from './process.ts'

/** The connections that one worker has. */
export interface Connections {
  placeOf(worker: Pick<WorkerProcess, 'give'>): Place
  /** The worker says that it has these. */
  taken(connections: readonly number[]): void
  /** The worker says that these are closed. */
  closed(connections: readonly number[]): void
  /** The worker is no more. */
  closeAll(): void
}

interface Connection {
  /** This process's end, while the worker may not have its own yet. */
  readonly socket: Socket
  readonly onClosed: () => void
}

export function createConnections(): Connections {
  const open = new Map<number, Connection>()
  let last = 0

  function closed(connections: readonly number[]): void {
    for (const number of connections) {
      const connection = open.get(number)
      open.delete(number)
      connection?.socket.destroy()
      connection?.onClosed()
    }
  }

  return {
    closed,
    closeAll: () => closed([...open.keys()]),
    taken(connections) {
      // The worker's end stays open.
      for (const number of connections) open.get(number)?.socket.destroy()
    },
    placeOf: (worker) => ({
      get open() {
        return open.size
      },
      take(socket, onClosed) {
        last += 1
        open.set(last, { socket, onClosed })
        worker.give(last, socket)
      },
    }),
  }
}
