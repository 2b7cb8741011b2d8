import type { Allowances, Given } from './allowances.ts'

/** The permits of one process to answer requests, which it has from the registry's main process. */
export interface RequestPermits {
  /**
   * One request of a client. `undefined`: it may go on; a number: it is refused, and may come again in
   * so many milliseconds. There is a promise only where the main process had to be asked.
   */
  use(client: string): number | undefined | Promise<number | undefined>
  /** One that was used and was not due. */
  giveBack(client: string): void
  stop(): void
}

export interface RequestPermitsOptions {
  readonly allowances: Pick<Allowances, 'batch' | 'takeRequests' | 'giveBackRequests'>
}

/** Milliseconds after which permits that nobody used go back, for others may need them. */
const keptFor = 1000

/** Clients whose refusal is remembered; more are asked for each time. */
const maxRefusals = 10_000

export function createRequestPermits({ allowances }: RequestPermitsOptions): RequestPermits {
  let held = new Map<string, number>()
  /** Until when it is no use to ask. */
  const refused = new Map<string, number>()

  function keep(client: string, count: number): void {
    if (count > 0) held.set(client, (held.get(client) ?? 0) + count)
  }

  function settle(client: string, { given, wait }: Given): number | undefined {
    if (given > 0) {
      keep(client, given - 1)
      return undefined
    }
    if (refused.size >= maxRefusals) refused.clear()
    refused.set(client, performance.now() + wait)
    return wait
  }

  function useHeld(client: string): boolean {
    const count = held.get(client) ?? 0
    if (count === 0) return false
    if (count === 1) held.delete(client)
    else held.set(client, count - 1)
    return true
  }

  function waitOf(client: string): number | undefined {
    const until = refused.get(client)
    if (until === undefined) return undefined
    const wait = until - performance.now()
    if (wait > 0) return wait
    refused.delete(client)
    return undefined
  }

  const timer = setInterval(() => {
    if (held.size === 0) return
    allowances.giveBackRequests(held)
    held = new Map()
  }, keptFor)
  timer.unref()

  return {
    use(client) {
      if (useHeld(client)) return undefined
      const wait = waitOf(client)
      if (wait !== undefined) return wait
      const given = allowances.takeRequests(client, allowances.batch)
      if (given instanceof Promise) return given.then((value) => settle(client, value))
      return settle(client, given)
    },
    giveBack: (client) => keep(client, 1),
    stop: () => clearInterval(timer),
  }
}
