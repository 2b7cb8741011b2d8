import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'

/** A piece of an answer: text of our own, or bytes of a blob. */
export type Piece = Buffer | AsyncIterable<Buffer>

/** Writes chunks and waits until each has left the process; fails when the client is gone. */
function createWriter(raw: ServerResponse): (chunk: Buffer) => Promise<void> {
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

/**
 * Writes chunk after chunk while the next is being read. A chunk's buffer is used again by its reader
 * two steps later, so at most one write is under way when the next chunk is asked for.
 */
async function pump(pieces: readonly Piece[], write: (chunk: Buffer) => Promise<void>) {
  for (const piece of pieces) {
    if (Buffer.isBuffer(piece)) {
      await write(piece)
      continue
    }
    let written: Promise<void> = Promise.resolve()
    for await (const chunk of piece) {
      await written
      written = write(chunk)
      written.catch(() => {})
    }
    await written
  }
}

/**
 * Sends status, headers and pieces, with back-pressure and two buffers in turn. The answer needs a
 * `content-length`. If a piece fails the connection is broken: an answer that is short must never
 * look complete. Whatever happens, every piece is closed.
 */
export async function sendBytes(
  reply: FastifyReply,
  status: number,
  pieces: readonly Piece[],
): Promise<FastifyReply> {
  const { raw } = reply
  reply.hijack()
  raw.writeHead(status, reply.getHeaders() as Record<string, string>)
  try {
    await pump(pieces, createWriter(raw))
    raw.end()
  } catch (error) {
    if (!raw.destroyed) reply.log.error({ err: error }, 'a download broke off')
    raw.destroy()
  }
  return reply
}
