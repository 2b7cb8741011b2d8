import type { Socket } from 'node:net'

/** Calls `done` when `work` has ended, and not before those of the same connection that came earlier. */
export type InTurn = (socket: Socket, work: Promise<void>, done: (error?: Error) => void) => void

/**
 * Requests of one connection go on in the order they came in, however long each had to wait. What
 * comes after relies on it to keep the order of those that change something.
 */
export function createTurns(): InTurn {
  const last = new WeakMap<Socket, Promise<void>>()
  return (socket, work, done) => {
    const before = last.get(socket)
    const end = (error?: Error) => {
      if (last.get(socket) === turn) last.delete(socket)
      done(error)
    }
    const settled = before === undefined ? work : before.then(() => work)
    const turn: Promise<void> = settled.then(() => end(), end)
    last.set(socket, turn)
    // Nobody else waits for it yet, and it must not count as unhandled.
    work.catch(() => undefined)
  }
}
