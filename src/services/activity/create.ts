import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ActivityTable } from '../../../storage/metadata/activity/store.ts'
import type { ActivityLog } from './activity.ts'
import { createBatch } from './batch.ts'

/** The log of one process. */
export interface ActivityKeeper extends ActivityLog {
  /** Writes what was noted until now; never rejects, for that is told to `onFailure`. */
  flush(): Promise<void>
  /** Removes what is older than is kept; gives how many. Stops between two steps. */
  forget(stopping?: AbortSignal): Promise<number>
}

export interface ActivityLogDeps {
  readonly metadata: { readonly activity: ActivityTable }
  /** How long entries are kept, milliseconds. */
  readonly keep: number
  /** Told why entries could not be written; it is tried again. */
  readonly onFailure: (error: unknown) => void
  /** Told how many were not written down, because too many waited. */
  readonly onLost: (entries: number) => void
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Milliseconds that an entry waits at most. */
  readonly flushAfter?: number
  /** Different entries that may wait. */
  readonly capacity?: number
}

/** Rows written, or removed, in one transaction: a few milliseconds, for which requests wait. */
const partSize = 100

/** Milliseconds after which what could not be written is tried again. */
const retryAfter = 5_000

export function createActivityLog(deps: ActivityLogDeps): ActivityKeeper {
  const { metadata, keep, onFailure, onLost, now = Date.now } = deps
  const { flushAfter = 1_000, capacity = 10_000 } = deps
  const { activity } = metadata
  const batch = createBatch(capacity)
  let lost = 0
  let timer: NodeJS.Timeout | undefined
  let last: Promise<void> = Promise.resolve()

  const add: ActivityLog['note'] = (entry) => {
    if (!batch.add({ ...entry, at: entry.at ?? now() })) lost += entry.count ?? 1
  }

  function tellLost(): void {
    if (lost === 0) return
    onLost(lost)
    lost = 0
  }

  async function write(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    tellLost()
    const entries = batch.take()
    for (let begin = 0; begin < entries.length; begin += partSize) {
      try {
        await activity.append(entries.slice(begin, begin + partSize))
      } catch (error) {
        for (const entry of entries.slice(begin)) add(entry)
        onFailure(error)
        schedule(retryAfter)
        return
      }
    }
  }

  function flush(): Promise<void> {
    last = last.then(write)
    return last
  }

  function schedule(wait: number): void {
    timer ??= setTimeout(() => void flush(), wait).unref()
  }

  return {
    note(entry) {
      add(entry)
      schedule(flushAfter)
    },
    page: activity.page,
    flush,
    async forget(stopping) {
      const before = now() - keep
      let forgotten = 0
      while (!stopping?.aborted) {
        const removed = await activity.forget(before, partSize)
        forgotten += removed
        if (removed < partSize) break
        await nextTurn()
      }
      return forgotten
    },
  }
}
