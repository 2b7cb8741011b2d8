import type { Place } from '../../server/front-door/open.ts'
import type { WorkerProcess } from './process.ts'

/** The connections that one worker has. */
export interface Connections {
  placeOf(worker: Pick<WorkerProcess, 'give'>): Place
  /** The worker says that these are closed. */
  closed(connections: readonly number[]): void
  /** The worker is no more. */
  closeAll(): void
}

export function createConnections(): Connections {
  const open = new Map<number, () => void>()
  let last = 0

  function closed(connections: readonly number[]): void {
    for (const connection of connections) {
      open.get(connection)?.()
      open.delete(connection)
    }
  }

  return {
    closed,
    closeAll: () => closed([...open.keys()]),
    placeOf: (worker) => ({
      get open() {
        return open.size
      },
      take(socket, onClosed) {
        last += 1
        open.set(last, onClosed)
        worker.give(last, socket)
      },
    }),
  }
}
