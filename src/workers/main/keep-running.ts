import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds until what ended is run again, doubled each time it ends soon. */
const shortestPause = 500
const longestPause = 30_000

/** Milliseconds after which an end is not soon. */
const longRun = 60_000

export interface KeepRunningOptions {
  /** Ends the keeping; what runs is then left to whoever gave the signal. */
  readonly signal: AbortSignal
  readonly nextName: () => string
  readonly onEnd: (name: string, reason: string) => void
}

/** Runs something under ever new names, again and again; `run` resolves with why it ended. */
export async function keepRunning(
  run: (name: string) => Promise<string>,
  { signal, nextName, onEnd }: KeepRunningOptions,
): Promise<void> {
  let pause = shortestPause
  while (!signal.aborted) {
    const name = nextName()
    const begun = performance.now()
    const reason = await run(name)
    if (signal.aborted) return
    onEnd(name, reason)
    const soon = performance.now() - begun < longRun
    pause = soon ? Math.min(pause * 2, longestPause) : shortestPause
    await sleep(pause, undefined, { signal }).catch(() => {})
  }
}
