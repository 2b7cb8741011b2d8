import { MessageChannel } from 'node:worker_threads'

const { port1: nowhere } = new MessageChannel()
nowhere.close()

/** Below this it is cheaper to leave memory to the garbage collector. */
const worthwhile = 16 * 1024

/**
 * Gives the memory of a chunk back at once; the chunk is empty afterwards. Nobody else may hold the
 * chunk. One that shares its memory with others is left alone.
 *
 * The collector sees a chunk as a small object and waits for many of them: a big body would leave
 * tens of megabytes behind, and make it run again and again for them.
 */
export function freeChunk(chunk: Buffer): void {
  const { buffer, byteLength } = chunk
  if (byteLength < worthwhile || byteLength !== buffer.byteLength) return
  if (buffer instanceof SharedArrayBuffer) return
  // A transfer takes the memory along even where there is nobody to send it to (HTML, "message ports").
  nowhere.postMessage(undefined, [buffer])
}
