/**
 * Bytes collected before they are written. Half a megabyte was as fast as a whole one where both were
 * measured, and costs half the memory.
 */
export const writeSlabSize = 512 * 1024

/** What a body gets while many others have theirs. */
const scarceSize = 128 * 1024

/** Big slabs lent at the same time: a ceiling on memory, for a crowd is no faster with big ones. */
const lentLimit = 8

/** Slabs kept for the next bodies, of each size: no fewer than a crowd uses, or it makes new ones. */
const keptLimit = 64

/** Lends buffers that bodies are collected in; their memory is shared with the threads that hash. */
export interface WriteSlabs {
  take(): Buffer
  /** Takes a slab back that nobody looks at any more. */
  reuse(slab: Buffer): void
  /** Counts a slab no longer as lent, but leaves it alone: somebody may look at it still. */
  forget(slab: Buffer): void
}

export function createWriteSlabs(): WriteSlabs {
  const free = new Map<number, Buffer[]>([
    [writeSlabSize, []],
    [scarceSize, []],
  ])
  const lent = new Set<Buffer>()

  return {
    take() {
      const size = lent.size < lentLimit ? writeSlabSize : scarceSize
      const slab = free.get(size)?.pop() ?? Buffer.from(new SharedArrayBuffer(size))
      if (size === writeSlabSize) lent.add(slab)
      return slab
    },
    reuse(slab) {
      lent.delete(slab)
      const pool = free.get(slab.length)
      if (pool && pool.length < keptLimit) pool.push(slab)
    },
    forget: (slab) => void lent.delete(slab),
  }
}
