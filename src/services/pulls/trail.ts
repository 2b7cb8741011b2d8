import type { Step } from './step.ts'

/** Steps of this process, on their way to where those of all processes come together. */
export interface Trail {
  /** To be asked before each step: false if the client has made enough of them for now. */
  admits(client: string): boolean
  note(step: Step): void
  /** What is noted leaves now; resolves when all that ever left has arrived. */
  settle(): Promise<void>
}

/** Milliseconds a step waits at most, for others to go with it. */
export const sentWithin = 100

/** Steps of one client that go together; with more, telling them would slow down who asks so fast. */
const mostOfClient = 64

/** Steps that leave at once: each may keep the headers of its request in memory. */
const most = 1000

/** Takes steps away; resolves when they have arrived. */
export type SendSteps = (steps: readonly Step[]) => Promise<void>

/** @param onFailure told why steps did not arrive. */
export function createTrail(send: SendSteps, onFailure: (error: unknown) => void): Trail {
  let steps: Step[] = []
  const clients = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let underWay: Promise<unknown> = Promise.resolve()

  function leave(): void {
    clearTimeout(timer)
    timer = undefined
    clients.clear()
    if (steps.length === 0) return
    const leaving = steps
    steps = []
    underWay = Promise.all([underWay, send(leaving).catch(onFailure)])
  }

  return {
    admits(client) {
      const count = clients.get(client) ?? 0
      if (count < mostOfClient) clients.set(client, count + 1)
      return count < mostOfClient
    },
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
