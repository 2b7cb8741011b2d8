import { createRecent } from './recent.ts'

/** Notes that something was used: now and then, many in one write, and nobody waits for it. */
export interface Uses {
  /** Written down at most once a minute for each key. */
  note(key: string): void
  /** Writes what was noted. */
  settle(): Promise<void>
}

export interface Use {
  readonly key: string
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface UseDeps {
  readonly write: (uses: readonly Use[]) => Promise<void>
  readonly onFailure: (error: unknown) => void
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Milliseconds that uses are collected for. */
  readonly delay?: number
}

const interval = 60_000
const capacity = 10_000

export function createUses({ write, onFailure, now = Date.now, delay = 1000 }: UseDeps): Uses {
  const recent = createRecent({ interval, clock: now, capacity })
  let waiting: Use[] = []
  let timer: NodeJS.Timeout | undefined

  async function settle(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const uses = waiting
    waiting = []
    if (uses.length > 0) await write(uses).catch(onFailure)
  }

  return {
    note(key) {
      if (!recent.first(key)) return
      waiting.push({ key, at: now() })
      timer ??= setTimeout(() => void settle(), delay).unref()
    },
    settle,
  }
}
