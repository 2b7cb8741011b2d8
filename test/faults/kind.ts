import type { Tally } from './tally.ts'

export interface KindOptions {
  /** Cases wanted. */
  readonly cases: number
  readonly seed: number
  /** Cases that may run at the same time, each on a data directory of its own. */
  readonly lanes: number
  /** A directory for data and traces; it is there, and removed afterwards unless a case failed. */
  readonly scratch: string
  /** A line for whoever watches. */
  say(line: string): void
}

/** A kind of fault. */
export interface Kind {
  /** As it stands behind `--kinds` and in the scoreboard. */
  readonly name: string
  /** Cases in a round of about a minute with all kinds. */
  readonly cases: number
  /** Why it can't run here, e.g. a missing tool. That is a failure, not a success. */
  lacks(): string | false
  run(options: KindOptions): Promise<Tally>
}
