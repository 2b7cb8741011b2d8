import type { Hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

/**
 * A batch is written when it holds this many bytes, or that many chunks (`IOV_MAX` on Linux). Half a
 * megabyte was as fast as a whole one where both were measured, and costs half the memory.
 */
const batchBytes = 512 * 1024
const batchChunks = 1024

/** The one call on a file that is needed here. */
export type BatchFile = Pick<FileHandle, 'writev'>

/** What is left of `chunks` when their first `count` bytes are done. */
function skip(chunks: readonly Buffer[], count: number): Buffer[] {
  let done = count
  return chunks.flatMap((chunk) => {
    const rest = chunk.subarray(Math.min(done, chunk.length))
    done -= chunk.length - rest.length
    return rest.length === 0 ? [] : [rest]
  })
}

/** Writes all of `chunks`, however little a single call takes. */
export async function writeAll(file: BatchFile, chunks: readonly Buffer[], position: number) {
  let rest = chunks.filter((chunk) => chunk.length > 0)
  let at = position
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest, at)
    if (bytesWritten === 0) throw new Error(`no byte could be written at ${at}`)
    at += bytesWritten
    rest = skip(rest, bytesWritten)
  }
}

/**
 * Collects small chunks and writes them in big batches: one batch is written and hashed while the
 * next is collected, never more. Batches are written one after another, so that a failure leaves no
 * hole; after one nothing more is written, and each call rejects with it.
 *
 * The hash reads the chunks at the time they are written, not when they came: were they changed in
 * between, the digest would not match and the content would not be published.
 */
export interface Batches {
  /** Resolves when there is room for the next chunk. */
  add(chunk: Buffer): Promise<void>
  /** Resolves with the position after the last byte when all of them are written and hashed. */
  finish(): Promise<number>
}

export function createBatches(file: BatchFile, start: number, hash: Hash | undefined): Batches {
  let batch: Buffer[] = []
  let bytes = 0
  let position = start
  let writing = Promise.resolve()

  async function flush(): Promise<void> {
    await writing
    writing = writeAll(file, batch, position)
    // Thrown by the next call; until then it must not count as unhandled.
    writing.catch(() => undefined)
    for (const chunk of batch) hash?.update(chunk)
    position += bytes
    batch = []
    bytes = 0
  }

  return {
    async add(chunk) {
      batch.push(chunk)
      bytes += chunk.length
      if (bytes >= batchBytes || batch.length >= batchChunks) await flush()
    },
    async finish() {
      await flush()
      await writing
      return position
    },
  }
}
