export interface Rounds {
  /** Waits for a round under way; none begins afterwards. */
  stop(): Promise<void>
}

export interface RoundsOptions {
  /** Does the work; gives the milliseconds until the next round. */
  readonly round: () => Promise<number>
  /** Milliseconds until the first round. */
  readonly first: number
  /** Told of a round that failed; the next one comes after `retry` milliseconds. */
  readonly onFailure: (error: unknown) => void
  readonly retry: number
}

/** Rounds come no faster than this, whatever is asked for. */
const shortest = 10

/** Does a job again and again, one round after the other; keeps no process alive. */
export function startRounds({ round, first, onFailure, retry }: RoundsOptions): Rounds {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let underWay: Promise<void> = Promise.resolve()

  async function run(): Promise<void> {
    try {
      schedule(await round())
    } catch (error) {
      onFailure(error)
      schedule(retry)
    }
  }

  function schedule(wait: number): void {
    if (stopped) return
    timer = setTimeout(
      () => {
        underWay = run()
      },
      Math.max(wait, shortest),
    )
    timer.unref()
  }

  schedule(first)
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await underWay
    },
  }
}
