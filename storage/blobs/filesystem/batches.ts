import type { Descriptor } from './descriptor.ts'
import type { RunningHash } from './running-hash.ts'
import type { WriteSlabs } from './write-slabs.ts'

/** The one call on a file that is needed here. */
export type BatchFile = Pick<Descriptor, 'writev'>

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

/** Up to this many bytes are kept as they come, without a slab: most bodies end before. */
const smallBytes = 64 * 1024

/** Bytes on their way into the file. */
interface Batch {
  /** Copies the beginning of `bytes`; gives how many bytes were taken. */
  take(bytes: Buffer): number
  readonly size: number
  readonly full: boolean
  /** All that was taken, in order. */
  content(): readonly Buffer[]
  /** The same, in as few pieces as there are. */
  toHash(): readonly Buffer[]
  /** Nobody looks at the content any more. */
  release(): void
  /** Nothing more is done with it here; somebody may look at the content still. */
  abandon(): void
}

function createBatch(slabs: WriteSlabs): Batch {
  let pieces: Buffer[] = []
  let slab: Buffer | undefined
  let size = 0

  function copyInto(target: Buffer, bytes: Buffer): number {
    const copied = bytes.copy(target, size)
    size += copied
    return copied
  }

  function begin(): Buffer {
    const target = slabs.take()
    size = 0
    for (const piece of pieces) copyInto(target, piece)
    pieces = []
    slab = target
    return target
  }

  return {
    take(bytes) {
      if (slab || size + bytes.length > smallBytes) return copyInto(slab ?? begin(), bytes)
      pieces.push(Buffer.from(bytes))
      size += bytes.length
      return bytes.length
    },
    get size() {
      return size
    },
    get full() {
      return size === slab?.length
    },
    content() {
      if (!slab) return pieces
      // A single piece would be written by the call SQLite uses: traces and faults tell them apart.
      const middle = size >> 1
      return [slab.subarray(0, middle), slab.subarray(middle, size)]
    },
    toHash: () => (slab ? [slab.subarray(0, size)] : pieces),
    release() {
      if (slab) slabs.reuse(slab)
      slab = undefined
    },
    abandon() {
      if (slab) slabs.forget(slab)
      slab = undefined
    },
  }
}

export interface BatchOptions {
  readonly file: BatchFile
  /** Where in the file the first byte goes. */
  readonly start: number
  readonly hash: RunningHash | undefined
  readonly slabs: WriteSlabs
  /** Called with the bytes of each batch that was written. What it throws ends the writing. */
  readonly onWritten?: (bytes: number) => void
}

/**
 * Copies chunks together and writes them in big batches: one batch is written and hashed while the
 * next is collected, never more. Batches are written one after another, so that a failure leaves no
 * hole; after one nothing more is written, and each call rejects with it.
 *
 * A chunk is free again when its `add` has resolved; what is hashed is the copy that is written.
 */
export interface Batches {
  /** Resolves when there is room for the next chunk. */
  add(chunk: Buffer): Promise<void>
  /** Resolves with the position after the last byte when all of them are written and hashed. */
  finish(): Promise<number>
}

export function createBatches({ file, start, hash, slabs, onWritten }: BatchOptions): Batches {
  let batch = createBatch(slabs)
  let position = start
  let writing = Promise.resolve()

  async function hashAll(pieces: readonly Buffer[]): Promise<void> {
    for (const piece of pieces) await hash?.update(piece)
  }

  async function write(ready: Batch, at: number): Promise<void> {
    // The write first: it goes on in the thread pool while this thread hashes, if it has to.
    const written = writeAll(file, ready.content(), at)
    const [outcome] = await Promise.allSettled([written, hashAll(ready.toHash())])
    try {
      if (outcome.status === 'rejected') throw outcome.reason
      onWritten?.(ready.size)
      ready.release()
    } catch (error) {
      ready.abandon()
      throw error
    }
  }

  async function flush(): Promise<void> {
    await writing
    writing = write(batch, position)
    // Thrown by the next call; until then it must not count as unhandled.
    writing.catch(() => undefined)
    position += batch.size
    batch = createBatch(slabs)
  }

  return {
    async add(chunk) {
      let rest = chunk
      while (rest.length > 0) {
        rest = rest.subarray(batch.take(rest))
        if (batch.full) await flush()
      }
    },
    async finish() {
      try {
        if (batch.size > 0) await flush()
        await writing
        return position
      } catch (error) {
        batch.abandon()
        throw error
      }
    },
  }
}
