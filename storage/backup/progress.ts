/** How far a backup, restore or rebuild is. */
export interface Step {
  readonly what: 'blobs' | 'metadata'
  /** Blobs that are where they belong. */
  readonly done?: number
  readonly total?: number
  /** That were linked, copied or read by now. */
  readonly bytes: number
  readonly totalBytes?: number
}

export type OnStep = (step: Step) => void

/** Adds up what one run did to blobs, and tells. */
export interface Tally {
  readonly linked: number
  readonly copied: number
  readonly kept: number
  add(how: 'linked' | 'copied' | 'kept', bytes: number): void
}

export function createTally(total: number, onStep?: OnStep): Tally {
  const counts = { linked: 0, copied: 0, kept: 0 }
  let bytes = 0
  return {
    get linked() {
      return counts.linked
    },
    get copied() {
      return counts.copied
    },
    get kept() {
      return counts.kept
    },
    add(how, size) {
      counts[how] += 1
      bytes += size
      const done = counts.linked + counts.copied + counts.kept
      // More may come than were there at the beginning.
      onStep?.({ what: 'blobs', done, total: Math.max(done, total), bytes })
    },
  }
}
