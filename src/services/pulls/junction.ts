import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Step } from './step.ts'
import { sentWithin } from './trail.ts'

/** Where the steps of all processes come together and are put in order. */
export interface Junction {
  add(steps: readonly Step[]): void
  /** Passes on all that has come; resolves when it is done. */
  settle(): Promise<void>
}

export interface JunctionDeps {
  /** Given one step after the other. */
  readonly follow: (step: Step) => Promise<void> | undefined
  readonly onFailure: (error: unknown) => void
  /** See `machineTime`. */
  readonly clock: () => number
  /** Steps that may wait; further ones are left out. */
  readonly capacity?: number
}

/** Milliseconds after which all processes have sent their steps, unless one of them hangs. */
const delay = 5 * sentWithin

/** Steps followed without a pause, for which requests wait. */
const atOnce = 500

/** One client's steps may come to several processes: each waits until those before it are here. */
export function createJunction({
  follow,
  onFailure,
  clock,
  capacity = 100_000,
}: JunctionDeps): Junction {
  let waiting: Step[] = []
  let timer: NodeJS.Timeout | undefined
  let underWay: Promise<void> = Promise.resolve()

  async function followAll(steps: readonly Step[]): Promise<void> {
    for (const [index, step] of steps.entries()) {
      const asked = follow(step)
      if (asked !== undefined) await asked.catch(onFailure)
      if (index % atOnce === atOnce - 1) await nextTurn()
    }
  }

  function release(before: number): void {
    const due = waiting.filter(({ at }) => at <= before).sort((a, b) => a.at - b.at)
    waiting = waiting.filter(({ at }) => at > before)
    if (due.length > 0) underWay = underWay.then(() => followAll(due))
  }

  function tick(): void {
    timer = undefined
    release(clock() - delay)
    if (waiting.length > 0) arm()
  }

  function arm(): void {
    timer ??= setTimeout(tick, sentWithin).unref()
  }

  return {
    add(steps) {
      const room = capacity - waiting.length
      for (const step of steps.slice(0, Math.max(0, room))) waiting.push(step)
      arm()
    },
    settle() {
      clearTimeout(timer)
      timer = undefined
      release(Number.POSITIVE_INFINITY)
      return underWay
    },
  }
}
