/** Big reads are cheap: at 64 KiB the way through the thread pool costs more than the copy. */
export const slabSize = 1024 * 1024

/** What a reader gets while too many slabs are lent out; reads up to this size need no slab. */
const scarceSize = 128 * 1024

/** Slabs lent at the same time: a ceiling on memory, since slow clients keep theirs for long. */
const lentLimit = 64

/** Slabs kept for the next reader. */
const freeLimit = 16

/** Lends read buffers, because a new megabyte costs as much to map as to fill. */
export interface Slabs {
  /** A buffer of at most `wanted` bytes with any content. */
  take(wanted: number): Buffer
  /** Takes a buffer back that nobody looks at any more, also one that was forgotten before. */
  reuse(buffer: Buffer): void
  /** Counts a buffer no longer as lent, but leaves it alone: somebody may look at it still. */
  forget(buffer: Buffer): void
}

export function createSlabs(): Slabs {
  const free: Buffer[] = []
  const lent = new Set<Buffer>()
  /** By the memory they lie in: what is lent of a slab may be a part of it. */
  const slabs = new WeakMap<ArrayBufferLike, Buffer>()

  function create(): Buffer {
    const slab = Buffer.allocUnsafeSlow(slabSize)
    slabs.set(slab.buffer, slab)
    return slab
  }

  return {
    take(wanted) {
      if (wanted <= scarceSize) return Buffer.allocUnsafe(wanted)
      if (lent.size >= lentLimit) return Buffer.allocUnsafe(scarceSize)
      const slab = free.pop() ?? create()
      lent.add(slab)
      return wanted < slabSize ? slab.subarray(0, wanted) : slab
    },
    reuse(buffer) {
      const slab = slabs.get(buffer.buffer)
      // Twice in the list, it would be lent to two readers.
      if (slab === undefined || free.includes(slab)) return
      lent.delete(slab)
      if (free.length < freeLimit) free.push(slab)
    },
    forget(buffer) {
      const slab = slabs.get(buffer.buffer)
      if (slab !== undefined) lent.delete(slab)
    },
  }
}
