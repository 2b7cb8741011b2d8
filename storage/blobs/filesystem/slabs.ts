/** Big reads are cheap: at 64 KiB the way through the thread pool costs more than the copy. */
export const slabSize = 1024 * 1024

/** What a reader gets while too many slabs are lent out; reads up to this size need no slab. */
const scarceSize = 128 * 1024

/**
 * Slabs lent at the same time: a ceiling on memory, since slow clients keep theirs for long. Enough
 * for three readers that read ahead; more of them are as fast with less.
 */
const lentLimit = 8

/** Bytes kept for the next readers, in slabs of each size. */
const keptBytes = 16 * slabSize

/** Lends read buffers, because a new megabyte costs as much to map as to fill. */
export interface Slabs {
  /** A buffer of at most `wanted` bytes with any content. */
  take(wanted: number): Buffer
  /** Whether many readers are at work, so that each should hold as little as it can. */
  areScarce(): boolean
  /** Takes a buffer back that nobody looks at any more, also one that was forgotten before. */
  reuse(buffer: Buffer): void
  /** Counts a buffer no longer as lent, but leaves it alone: somebody may look at it still. */
  forget(buffer: Buffer): void
}

export function createSlabs(): Slabs {
  const free = new Map<number, Buffer[]>([
    [slabSize, []],
    [scarceSize, []],
  ])
  const lent = new Set<Buffer>()
  /** By the memory they lie in: what is lent of a slab may be a part of it. */
  const slabs = new WeakMap<ArrayBufferLike, Buffer>()

  function take(size: number): Buffer {
    const known = free.get(size)?.pop()
    if (known !== undefined) return known
    const slab = Buffer.allocUnsafeSlow(size)
    slabs.set(slab.buffer, slab)
    return slab
  }

  const areScarce = () => lent.size >= lentLimit

  return {
    areScarce,
    take(wanted) {
      if (wanted < scarceSize) return Buffer.allocUnsafe(wanted)
      if (wanted === scarceSize || areScarce()) return take(scarceSize)
      const slab = take(slabSize)
      lent.add(slab)
      return wanted < slabSize ? slab.subarray(0, wanted) : slab
    },
    reuse(buffer) {
      const slab = slabs.get(buffer.buffer)
      if (slab === undefined) return
      lent.delete(slab)
      const pool = free.get(slab.length) as Buffer[]
      // Twice in the list, it would be lent to two readers.
      if (pool.includes(slab) || pool.length * slab.length >= keptBytes) return
      pool.push(slab)
    },
    forget(buffer) {
      const slab = slabs.get(buffer.buffer)
      if (slab !== undefined) lent.delete(slab)
    },
  }
}
