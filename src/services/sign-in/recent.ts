/** What happened a short while ago, so that it is not done again. */
export interface Recent {
  /** Whether it is the first time within the interval; it counts from then on. */
  first(key: string): boolean
}

export interface RecentOptions {
  /** Milliseconds. */
  readonly interval: number
  readonly clock: () => number
  /** Keys that are kept, the newest ones. */
  readonly capacity: number
}

export function createRecent({ interval, clock, capacity }: RecentOptions): Recent {
  const times = new Map<string, number>()
  return {
    first(key) {
      const now = clock()
      const last = times.get(key)
      if (last !== undefined && now - last < interval) return false
      times.delete(key)
      times.set(key, now)
      const [oldest] = times.keys()
      if (times.size > capacity && oldest !== undefined) times.delete(oldest)
      return true
    },
  }
}
