/** Big reads are cheap: at 64 KiB the way through the thread pool costs more than the copy. */
export const slabSize = 1024 * 1024

/** What a reader gets while too many slabs are lent out. */
const scarceSize = 128 * 1024

/** Slabs lent at the same time: a ceiling on memory, since slow clients keep theirs for long. */
const lentLimit = 64

/** Slabs kept for the next reader. */
const freeLimit = 16

/** Lends read buffers, because a new megabyte costs as much to map as to fill. */
export interface Slabs {
  /** A buffer of at most `wanted` bytes with any content. */
  take(wanted: number): Buffer
  /** Takes a buffer back that nobody looks at any more. */
  reuse(buffer: Buffer): void
  /** Takes note that a buffer is left to the garbage collector, as somebody may look at it still. */
  forget(buffer: Buffer): void
}

export function createSlabs(): Slabs {
  const free: Buffer[] = []
  let lent = 0

  return {
    take(wanted) {
      if (wanted < slabSize)
        return Buffer.allocUnsafe(lent < lentLimit ? wanted : Math.min(wanted, scarceSize))
      if (lent >= lentLimit) return Buffer.allocUnsafe(scarceSize)
      lent += 1
      return free.pop() ?? Buffer.allocUnsafeSlow(slabSize)
    },
    reuse(buffer) {
      if (buffer.length !== slabSize) return
      lent -= 1
      if (free.length < freeLimit) free.push(buffer)
    },
    forget(buffer) {
      if (buffer.length === slabSize) lent -= 1
    },
  }
}
