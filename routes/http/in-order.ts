import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * A client may send several requests on one connection without waiting for answers. Node begins them
 * all at once and only sorts the answers. That is allowed while they are all safe (RFC 9112 §9.3.2);
 * what changes something must not overtake what was sent before it, nor be overtaken.
 */
export type WaitForEarlier = (
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<void> | undefined

/** The last of a connection's requests: of all, and of those that are not safe. */
interface Line {
  readonly latest: ServerResponse
  readonly latestChange: ServerResponse | undefined
}

function isSafe(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** One listener each, however many wait. */
function createClosings<Emitter extends ServerResponse | Socket>() {
  const closings = new WeakMap<Emitter, Promise<void>>()
  return (emitter: Emitter): Promise<void> => {
    const known = closings.get(emitter)
    if (known !== undefined) return known
    const closing = new Promise<void>((resolve) => emitter.once('close', resolve))
    closings.set(emitter, closing)
    return closing
  }
}

/** Resolves when a pipelined request may begin, and never rejects; `undefined` for at once. */
export function createWaitForEarlier(): WaitForEarlier {
  const lines = new WeakMap<Socket, Line>()
  const closingOf = createClosings<ServerResponse>()
  const closingOfSocket = createClosings<Socket>()

  return ({ method, socket }, response) => {
    const before = lines.get(socket)
    const safe = isSafe(method)
    const latestChange = safe ? before?.latestChange : response
    lines.set(socket, { latest: response, latestChange })
    // Answers go out in order: when one is through, all before it are.
    const awaited = safe ? before?.latestChange : before?.latest
    if (awaited === undefined || awaited.writableFinished || socket.destroyed) return undefined
    // A response that waits for its turn is told nothing when its connection breaks.
    return Promise.race([closingOf(awaited), closingOfSocket(socket)])
  }
}
