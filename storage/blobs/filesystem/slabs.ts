/** Big reads are cheap: at 64 KiB the way through the thread pool costs more than the copy. */
export const slabSize = 1024 * 1024

/** A size of slabs, and how many of it are lent at the same time. */
interface Tier {
  readonly size: number
  readonly limit: number
}

/**
 * A ceiling on memory, since slow clients keep their slabs for long: the more readers there are, the
 * less each gets. The big ones are enough for three readers that read ahead.
 */
const tiers: readonly Tier[] = [
  { size: slabSize, limit: 8 },
  { size: 128 * 1024, limit: 32 },
  { size: 64 * 1024, limit: Number.POSITIVE_INFINITY },
]

/** Reads of fewer bytes need no slab. */
const smallest = 64 * 1024

/** Bytes kept for the next readers, in slabs of each size. */
const keptBytes = 8 * slabSize

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

interface Shelf extends Tier {
  readonly free: Buffer[]
  readonly lent: Set<Buffer>
}

export function createSlabs(): Slabs {
  const shelves: readonly Shelf[] = tiers.map((tier) => ({ ...tier, free: [], lent: new Set() }))
  /** By the memory they lie in: what is lent of a slab may be a part of it. */
  const slabs = new WeakMap<ArrayBufferLike, Buffer>()

  const hasRoom = ({ lent, limit }: Shelf) => lent.size < limit
  const shelfOf = (slab: Buffer) => shelves.find(({ size }) => size === slab.length) as Shelf

  function make(size: number): Buffer {
    const slab = Buffer.allocUnsafeSlow(size)
    slabs.set(slab.buffer, slab)
    return slab
  }

  return {
    areScarce: () => !hasRoom(shelves[0] as Shelf),
    take(wanted) {
      if (wanted < smallest) return Buffer.allocUnsafe(wanted)
      const shelf = shelves.find(hasRoom) as Shelf
      const slab = shelf.free.pop() ?? make(shelf.size)
      shelf.lent.add(slab)
      return wanted < slab.length ? slab.subarray(0, wanted) : slab
    },
    reuse(buffer) {
      const slab = slabs.get(buffer.buffer)
      if (slab === undefined) return
      const { free, lent, size } = shelfOf(slab)
      lent.delete(slab)
      // Twice in the list, it would be lent to two readers.
      if (free.includes(slab) || free.length * size >= keptBytes) return
      free.push(slab)
    },
    forget(buffer) {
      const slab = slabs.get(buffer.buffer)
      if (slab !== undefined) shelfOf(slab).lent.delete(slab)
    },
  }
}
