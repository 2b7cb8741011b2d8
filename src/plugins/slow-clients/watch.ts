import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { handedOver, inodeOf } from './kernel.ts'
import { createPace, type PaceLimits, type TooSlow } from './pace.ts'

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Whether the request's body is being read and the client is waited for. */
  readonly isAwaited: (request: IncomingMessage) => boolean
}

/** Follows one request. First `look`, then, at once or a moment later, `judge`. */
export interface Watch {
  /**
   * Takes note of what has moved in `elapsed` milliseconds. Gives the inode of a suspect: a
   * connection on which too little moved out of this process to tell whether its peer takes any.
   */
  look(elapsed: number): number | undefined
  /** @param unacknowledged bytes of a suspect that lie in the kernel, if that is known. */
  judge(unacknowledged: number | undefined): TooSlow | undefined
}

/** Bytes of the answer wait in this process for the client to take others. */
function isSending(response: ServerResponse): boolean {
  return (response.socket?.writableLength ?? 0) > 0
}

function countMoved(socket: Socket): number {
  return socket.bytesRead + (handedOver(socket) ?? socket.bytesWritten - socket.writableLength)
}

export function createWatch({ request, response, isAwaited }: Exchange, limits: PaceLimits): Watch {
  const { socket } = request
  // An answer that waits for its client has filled the buffers on the way, which is no small thing.
  const pace = createPace(limits, isSending(response))
  const countable = handedOver(socket) !== undefined
  let counted = countMoved(socket)
  /** What the peer has sent and acknowledged, while it is a suspect. */
  let exchanged: number | undefined
  let inode: number | undefined
  let seen = { elapsed: 0, moved: 0, sending: false, suspect: false }

  return {
    look(elapsed) {
      const now = countMoved(socket)
      const moved = now - counted
      counted = now
      const sending = isSending(response)
      const suspect = sending && moved * 1000 <= limits.minRate * elapsed
      seen = { elapsed, moved, sending, suspect }
      if (suspect) inode ??= inodeOf(socket)
      return suspect ? inode : undefined
    },
    judge(unacknowledged) {
      const { elapsed, moved, sending, suspect } = seen
      const before = exchanged
      const known = suspect && countable && unacknowledged !== undefined
      exchanged = known ? counted - unacknowledged : undefined
      const acknowledged =
        before === undefined || exchanged === undefined ? undefined : exchanged - before
      return pace.judge({
        elapsed,
        awaited: sending || isAwaited(request),
        moved: acknowledged === undefined ? moved : Math.max(0, acknowledged),
        exact: !suspect || acknowledged !== undefined,
      })
    },
  }
}
