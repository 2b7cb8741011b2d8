/** How often something happened of late, by key. */
export interface SlidingCount {
  /** Milliseconds until less than the limit have happened within the window; 0 if that is so now. */
  wait(key: string): number
  add(key: string): void
  /** One that was added at `at` has not happened after all. */
  takeBack(key: string, at: number): void
  /** Keys that are kept. */
  size(): number
}

export interface SlidingOptions {
  /** Milliseconds. */
  readonly window: number
  /** 0: none. */
  readonly limit: number
  /** In milliseconds; never goes back. */
  readonly clock: () => number
  /** Keys that are kept; those that nothing has happened to for longest are forgotten first. */
  readonly capacity: number
}

/** Parts of the window that are counted as one: what happened is forgotten up to one part late. */
const parts = 20

/** Memory is bounded whatever the limit: counts are kept, not times. */
export function createSlidingCount(options: SlidingOptions): SlidingCount {
  const { window, limit, clock, capacity } = options
  const partLength = Math.max(1, Math.ceil(window / parts))
  /** By key: how many, by part; the parts in rising order. */
  const counts = new Map<string, Map<number, number>>()

  function endOf(part: number): number {
    return (part + 1) * partLength + window
  }

  function recent(key: string, now: number): Map<number, number> {
    const count = counts.get(key) ?? new Map<number, number>()
    for (const part of count.keys()) if (endOf(part) <= now) count.delete(part)
    if (count.size === 0) counts.delete(key)
    return count
  }

  function keep(key: string, count: Map<number, number>): void {
    counts.delete(key)
    counts.set(key, count)
    const [oldest] = counts.keys()
    if (counts.size > capacity && oldest !== undefined) counts.delete(oldest)
  }

  return {
    wait(key) {
      if (limit === 0) return 0
      const now = clock()
      const count = recent(key, now)
      let left = [...count.values()].reduce((sum, each) => sum + each, 0)
      for (const [part, happened] of count) {
        if (left < limit) return 0
        left -= happened
        if (left < limit) return endOf(part) - now
      }
      return 0
    },
    add(key) {
      if (limit === 0) return
      const now = clock()
      const part = Math.floor(now / partLength)
      const count = recent(key, now)
      count.set(part, (count.get(part) ?? 0) + 1)
      keep(key, count)
    },
    takeBack(key, at) {
      const count = counts.get(key)
      const part = Math.floor(at / partLength)
      const happened = count?.get(part) ?? 0
      if (happened > 1) count?.set(part, happened - 1)
      else count?.delete(part)
      if (count?.size === 0) counts.delete(key)
    },
    size: () => counts.size,
  }
}
