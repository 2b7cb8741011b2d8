import type { Step } from './step.ts'

/** Steps of this process, on their way to where those of all processes come together. */
export interface Trail {
  note(step: Step): void
  /** What is noted leaves now; resolves when all that ever left has arrived. */
  settle(): Promise<void>
}

/** Milliseconds a step waits at most, for others to go with it. */
export const sentWithin = 1000

/** Steps that leave at once: each may keep the headers of its request in memory. */
const most = 1000

/** Takes steps away; resolves when they have arrived. */
export type SendSteps = (steps: readonly Step[]) => Promise<void>

/** @param onFailure told why steps did not arrive. */
export function createTrail(send: SendSteps, onFailure: (error: unknown) => void): Trail {
  let steps: Step[] = []
  let timer: NodeJS.Timeout | undefined
  let underWay: Promise<unknown> = Promise.resolve()

  function leave(): void {
    clearTimeout(timer)
    timer = undefined
    if (steps.length === 0) return
    const leaving = steps
    steps = []
    underWay = Promise.all([underWay, send(leaving).catch(onFailure)])
  }

  return {
    note(step) {
      steps.push(step)
      if (steps.length >= most) leave()
      else timer ??= setTimeout(leave, sentWithin).unref()
    },
    async settle() {
      leave()
      await underWay
    },
  }
}
