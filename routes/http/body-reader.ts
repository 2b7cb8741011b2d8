import { IncomingMessage } from 'node:http'
import type { IncomingBody } from '../../src/services/uploads.ts'

interface Reader {
  fail(reason: Error): void
}

/** Readers at work, by their request. */
const readers = new WeakMap<IncomingMessage, Reader>()

/** Whether a body is being read and all that came of it is used up: the client is waited for. */
export function isAwaited(raw: IncomingMessage): boolean {
  return raw.readableFlowing !== null && raw.readableLength === 0 && !raw.complete
}

/**
 * Makes the reading of a body fail with `reason`; the connection stays, for the answer. False, and
 * nothing happens, if nobody reads the body or all of it has come.
 */
export function interruptBody(raw: IncomingMessage, reason: Error): boolean {
  const reader = raw.complete ? undefined : readers.get(raw)
  reader?.fail(reason)
  return reader !== undefined
}

/** A request's body as others see it who may want to end it. */
export function incomingBodyOf(raw: IncomingMessage): IncomingBody {
  return {
    awaited: () => (isAwaited(raw) ? raw.socket.bytesRead : undefined),
    interrupt: (reason) => interruptBody(raw, reason),
  }
}

/** A read that can't go on: the body's end, or the failure. */
function endOf(
  raw: IncomingMessage,
  failure: Error | undefined,
): IteratorReturnResult<undefined> | undefined {
  if (failure !== undefined) throw failure
  if (raw.readableEnded) return { done: true, value: undefined }
  if (raw.destroyed) throw new Error('the client went away')
  return undefined
}

/**
 * Whether chunks of a body are nobody else's: those that Node made of what came over a connection.
 */
export function isGiven(raw: IncomingMessage): boolean {
  return raw instanceof IncomingMessage
}

/**
 * Reads a body chunk by chunk, as it arrives. It is Node's own iterator but for two things: the
 * connection is left alone however the reading ends, and {@link interruptBody} can end it.
 */
export function createBodyReader(raw: IncomingMessage): AsyncIterableIterator<Buffer> {
  let failure: Error | undefined
  let wake: (() => void) | undefined
  let begun = false
  const look = () => wake?.()
  const fail = (reason: Error) => {
    failure ??= reason
    look()
  }
  // Only when the first chunk is asked for: a body that is watched does not flow to anyone else.
  const begin = () => {
    begun = true
    readers.set(raw, { fail })
    raw.on('readable', look).on('end', look).on('close', look).on('error', fail)
  }
  const release = () => {
    readers.delete(raw)
    raw.off('readable', look).off('end', look).off('close', look).off('error', fail)
  }

  async function read(): Promise<IteratorResult<Buffer, undefined>> {
    for (;;) {
      const chunk = failure === undefined && !raw.destroyed ? (raw.read() as Buffer | null) : null
      if (chunk !== null) return { done: false, value: chunk }
      const end = endOf(raw, failure)
      if (end) return end
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }

  return {
    async next() {
      if (!begun) begin()
      try {
        const result = await read()
        if (result.done) release()
        return result
      } catch (error) {
        release()
        throw error
      }
    },
    async return() {
      release()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
