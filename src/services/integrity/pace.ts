import { setTimeout as sleep } from 'node:timers/promises'

/** Waits as long as work on this many bytes has to be spread; rejects when it is to stop. */
export type Pace = (bytes: number) => Promise<void>

/** No limit. */
export const atOnce: Pace = async () => {}

/** Shorter waits are saved up: a timer is no finer. */
const shortest = 5

/**
 * @param rate bytes a second.
 * @param signal ends a wait at once, with an error.
 */
export function createPace(rate: number, signal?: AbortSignal): Pace {
  let due = 0
  return async (bytes) => {
    signal?.throwIfAborted()
    const now = performance.now()
    due = Math.max(due, now) + (bytes / rate) * 1000
    if (due - now >= shortest) await sleep(due - now, undefined, signal ? { signal } : {})
  }
}
