import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { Sending } from '../../src/plugins/limits/bandwidth.ts'

type Write = (chunk: Buffer) => Promise<void>

/** Writes chunks and waits until each has left the process; fails when the client is gone. */
function createWriter(raw: ServerResponse): Write {
  let onClose: (() => void) | undefined
  raw.once('close', () => onClose?.())
  return (chunk) =>
    new Promise((resolve, reject) => {
      const gone = () => reject(new Error('the client went away'))
      if (raw.destroyed) return gone()
      onClose = gone
      raw.write(chunk, (error) => (error ? reject(error) : resolve()))
    })
}

/** Writes no faster than the client may be sent. */
function slowed(write: Write, { piece, before }: Sending): Write {
  return async (chunk) => {
    for (let at = 0; at < chunk.length; at += piece) {
      const part = chunk.subarray(at, at + piece)
      await before(part.length)
      await write(part)
    }
  }
}

/**
 * Writes chunk after chunk while the next is being read. A chunk's buffer is used again by its reader
 * two steps later, so at most one write is under way when the next chunk is asked for.
 */
async function pump(bytes: AsyncIterable<Buffer>, write: Write) {
  const chunks = bytes[Symbol.asyncIterator]()
  let written: Promise<void> = Promise.resolve()
  for await (const chunk of { [Symbol.asyncIterator]: () => chunks }) {
    await written
    written = write(chunk)
    written.catch(() => {})
  }
  await written
  // Only now are the last buffers free for other readers.
  await chunks.return?.()
}

/**
 * Sends status, headers and bytes; those that are still to be read, with back-pressure. The answer
 * needs a `content-length`. If reading fails the connection is broken: an answer that is short must
 * never look complete. Whatever happens, the reader is closed.
 */
export async function sendBytes(
  reply: FastifyReply,
  status: number,
  bytes: Buffer | AsyncIterable<Buffer>,
): Promise<FastifyReply> {
  const { raw } = reply
  reply.hijack()
  raw.writeHead(status, reply.getHeaders() as Record<string, string>)
  if (Buffer.isBuffer(bytes)) {
    raw.end(bytes)
    return reply
  }
  try {
    const write = createWriter(raw)
    const { sending } = reply.request
    await pump(bytes, sending ? slowed(write, sending) : write)
    raw.end()
  } catch (error) {
    const { id: reqId } = reply.request
    if (!raw.destroyed) reply.log.error({ reqId, err: error }, 'a download broke off')
    raw.destroy()
  }
  return reply
}
