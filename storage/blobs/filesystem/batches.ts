/** Bytes collected before they are stored: big writes are cheap. */
const batchSize = 1024 * 1024

/** The same while many bodies come, for each holds up to three of them. */
const smallBatchSize = 128 * 1024

/** Bodies up to which each may collect much. */
const fewBodies = 4

/** The size of batches when so many bodies come at the same time. */
export function batchSizeFor(bodies: number): number {
  return bodies <= fewBodies ? batchSize : smallBatchSize
}

/** Milliseconds after which a chunk that comes is not kept back: whoever is slow is seen to move. */
const longestWait = 500

export interface BatchOptions {
  /** Where the first byte goes. */
  readonly start: number
  /** Bytes in a batch, asked anew for each. */
  readonly size: () => number
  /** Whether chunks and their memory are nobody else's. */
  readonly given: boolean
  /** Stores a batch, to which its memory belongs; called in order, also while others are under way. */
  readonly store: (position: number, chunks: readonly Buffer[], size: number) => Promise<void>
  /** Called with the bytes of each batch that was stored. What it throws ends the storing. */
  readonly onStored?: (bytes: number) => void
}

/**
 * Collects chunks into batches: two of them are being stored while the next is collected, never more.
 * After one that could not be stored each call rejects with its error.
 */
export interface Batches {
  /** Resolves when there is room for the next chunk. A chunk that is not given is free then. */
  add(chunk: Buffer): Promise<void>
  /** Resolves with the position after the last byte when all of them are stored. */
  finish(): Promise<number>
}

/** The chunk, in memory that it shares with nothing else. */
function own(chunk: Buffer, given: boolean): Buffer {
  const whole = chunk.byteLength === chunk.buffer.byteLength
  if (given && whole && chunk.buffer instanceof ArrayBuffer) return chunk
  const copy = Buffer.allocUnsafeSlow(chunk.length)
  chunk.copy(copy)
  return copy
}

export function createBatches({ start, size, given, store, onStored }: BatchOptions): Batches {
  let chunks: Buffer[] = []
  let collected = 0
  let moved = performance.now()
  let position = start
  let storing: Promise<void> = Promise.resolve()
  let before: Promise<void> = storing

  async function storeOne(ready: readonly Buffer[], bytes: number, at: number): Promise<void> {
    const outcomes = await Promise.allSettled([storing, store(at, ready, bytes)])
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    onStored?.(bytes)
  }

  async function flush(): Promise<void> {
    moved = performance.now()
    await before
    before = storing
    storing = storeOne(chunks, collected, position)
    // Thrown by a later call; until then it must not count as unhandled.
    storing.catch(() => undefined)
    position += collected
    chunks = []
    collected = 0
  }

  return {
    async add(chunk) {
      if (chunk.length === 0) return
      chunks.push(own(chunk, given))
      collected += chunk.length
      if (collected >= size() || performance.now() - moved >= longestWait) await flush()
    },
    async finish() {
      try {
        if (collected > 0) await flush()
      } finally {
        // Nothing may be written any more when this ends.
        await Promise.allSettled([before, storing])
      }
      await storing
      return position
    },
  }
}
