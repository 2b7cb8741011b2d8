import { createSlidingCount } from './window.ts'

/** Failures are counted, and those who fail too often have to wait. */
export interface Attempts {
  /**
   * Takes one attempt, which counts as failed until it is `passed`: however many are made at the same
   * time, no more than the limit are. An attempt that has to wait is not counted.
   */
  begin(account: string, network: string): Attempt | Wait
}

export interface Attempt {
  /** It was right, or could not be judged. */
  passed(): void
}

export interface Wait {
  readonly retryAfterSeconds: number
}

export interface AttemptLimits {
  /** Milliseconds. */
  readonly failureWindow: number
  /** Of one account from one network: a stranger elsewhere locks nobody out. 0: no limit. */
  readonly failuresPerAccount: number
  readonly failuresPerNetwork: number
}

export interface AttemptDeps extends AttemptLimits {
  /** Milliseconds; never goes back. */
  readonly clock?: () => number
  readonly capacity?: number
}

/** Networks, and accounts from networks, that are kept: less than 10 MB of either. */
const usualCapacity = 20_000

/** That an attempt passes clears nothing: who has an account could go on guessing others' passwords. */
export function createAttempts(deps: AttemptDeps): Attempts {
  const { failureWindow: window, clock = () => performance.now() } = deps
  const shared = { window, clock, capacity: deps.capacity ?? usualCapacity }
  const networks = createSlidingCount({ ...shared, limit: deps.failuresPerNetwork })
  const accounts = createSlidingCount({ ...shared, limit: deps.failuresPerAccount })

  return {
    begin(account, network) {
      const key = JSON.stringify([network, account])
      const wait = Math.max(networks.wait(network), accounts.wait(key))
      if (wait > 0) return { retryAfterSeconds: Math.ceil(wait / 1000) }
      const at = clock()
      networks.add(network)
      accounts.add(key)
      return {
        passed() {
          networks.takeBack(network, at)
          accounts.takeBack(key, at)
        },
      }
    },
  }
}
