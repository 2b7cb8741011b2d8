/** Runs work on one key strictly one after the other; different keys don't wait for each other. */
export interface KeyedLock {
  /** Waits for all earlier work on `key`, then runs `work`; its result or error is passed on. */
  run<T>(key: string, work: () => Promise<T>): Promise<T>
  /** Whether work on `key` runs or waits. */
  isHeld(key: string): boolean
}

/** A lock of this process alone. */
export function createKeyedLock(): KeyedLock {
  const tails = new Map<string, Promise<unknown>>()

  return {
    async run(key, work) {
      const before = tails.get(key) ?? Promise.resolve()
      const mine = before.then(work, work)
      tails.set(key, mine)
      try {
        return await mine
      } finally {
        if (tails.get(key) === mine) tails.delete(key)
      }
    },
    isHeld: (key) => tails.has(key),
  }
}
