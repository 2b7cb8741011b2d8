import type { StorageKey } from '../../../storage/blobs/store.ts'

/**
 * Which stored objects were found to match their digest lately. What is forgotten is only checked
 * again, so this may live in memory.
 */
export interface Trust {
  /** Whether the object, in this version, was checked within the configured time. */
  has(key: StorageKey, version: string): boolean
  /** Its bytes have just been checked. */
  add(key: StorageKey, version: string): void
  /** The same, in another process. */
  learn(key: StorageKey, version: string): void
}

export interface TrustOptions {
  /** Milliseconds for which a check counts; 0 for none. */
  readonly verifyAfter: number
  /** Monotonic milliseconds. */
  readonly now?: () => number
  /** Objects to remember; the one checked longest ago goes first. */
  readonly limit?: number
  /** Told of each object that was checked here. */
  readonly onChecked?: ((key: StorageKey, version: string) => void) | undefined
}

interface Checked {
  readonly version: string
  readonly at: number
}

export function createTrust({
  verifyAfter,
  now = () => performance.now(),
  limit = 50_000,
  onChecked,
}: TrustOptions): Trust {
  const checked = new Map<StorageKey, Checked>()

  function learn(key: StorageKey, version: string): void {
    if (verifyAfter === 0) return
    checked.delete(key)
    checked.set(key, { version, at: now() })
    const [oldest] = checked.keys()
    if (checked.size > limit && oldest !== undefined) checked.delete(oldest)
  }

  return {
    has(key, version) {
      const last = checked.get(key)
      return last?.version === version && now() - last.at < verifyAfter
    },
    learn,
    add(key, version) {
      learn(key, version)
      onChecked?.(key, version)
    },
  }
}
