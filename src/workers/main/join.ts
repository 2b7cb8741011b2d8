import type { Place } from '../../server/front-door/open.ts'
import type { Link } from '../link.ts'
import type { CallsOfWorker, WorkerOrder } from '../protocol.ts'
import { createConnections } from './connections.ts'
import type { Hub, Seat } from './hub.ts'
import type { WorkerProcess } from './process.ts'

/** A worker in its place among the processes of the registry. */
export interface JoinedWorker {
  readonly link: Link<CallsOfWorker>
  readonly place: Place
  /** Resolves when connections can come. */
  readonly ready: Promise<void>
  /** Its process is no more. */
  leave(): void
}

export function joinHub(process: WorkerProcess, hub: Hub, order: WorkerOrder): JoinedWorker {
  const connections = createConnections()
  const joined: { seat?: Seat } = {}
  const link = process.open((worker) => {
    joined.seat = hub.join(worker)
    return { ...joined.seat.answers, taken: connections.taken, closed: connections.closed }
  })
  const ready = link.call('start', order).then(() => joined.seat?.brief())
  return {
    link,
    place: connections.placeOf(process),
    ready,
    leave() {
      joined.seat?.leave()
      connections.closeAll()
    },
  }
}
