/**
 * Bytes collected before they are written. Half a megabyte was as fast as a whole one where both were
 * measured, and costs half the memory.
 */
export const writeSlabSize = 512 * 1024

/** Slabs kept for the next body. */
const freeLimit = 16

/** Lends buffers that bodies are collected in; their memory is shared with the threads that hash. */
export interface WriteSlabs {
  take(): Buffer
  /** Takes a slab back that nobody looks at any more. One that is not given back is collected. */
  reuse(slab: Buffer): void
}

export function createWriteSlabs(): WriteSlabs {
  const free: Buffer[] = []
  return {
    take: () => free.pop() ?? Buffer.from(new SharedArrayBuffer(writeSlabSize)),
    reuse(slab) {
      if (free.length < freeLimit) free.push(slab)
    },
  }
}
