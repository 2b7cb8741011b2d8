/**
 * What can go wrong:
 * - `lost`: something acknowledged is not there, or something acknowledged as deleted is;
 * - `corrupt`: other bytes than the digest says, an operation done by half, a damaged database;
 * - `dangling`: something is named that is not there;
 * - `stuck`: it does not get well by itself: no start within the limit, no answer, a server error
 *   nobody provoked, an upload that cannot go on, files that nothing will ever remove.
 */
export type Harm = 'lost' | 'corrupt' | 'dangling' | 'stuck'

export const harms: readonly Harm[] = ['lost', 'corrupt', 'dangling', 'stuck']

export interface Failure {
  readonly harm: Harm
  /** What was expected, and what was there instead. */
  readonly what: string
}

export interface Fault {
  /** In words: which system call, which moment. */
  readonly fault: string
  readonly seed: number
}

/** A case that failed, with what is needed to try it again. */
export interface FailedCase extends Fault, Failure {}

/** What came of one kind of fault. */
export interface Tally {
  /** Faults that happened. */
  readonly cases: number
  /** Cases in which nothing went wrong. */
  readonly passed: number
  /** Cases in which the fault did not come about, e.g. as the load was over before; no success. */
  readonly notReached: number
  /** Operations the registry acknowledged, and that were looked for afterwards. */
  readonly acknowledged: number
  readonly lost: number
  readonly corrupt: number
  readonly dangling: number
  readonly stuck: number
  /** Milliseconds from the start of the process to its being ready, after a fault. */
  readonly slowestStart: number
  readonly failed: readonly FailedCase[]
}

export interface Counter {
  /** Counts a case and what it did harm to; each failure counts. */
  add(fault: Fault, failures: readonly Failure[]): void
  /** Counts harm that came to light after the cases, and no case. */
  later(fault: Fault, failures: readonly Failure[]): void
  missed(): void
  started(milliseconds: number): void
  acknowledged(operations: number): void
  tally(): Tally
}

export function createCounter(): Counter {
  const failed: FailedCase[] = []
  let [cases, passed, notReached, acknowledged, slowestStart] = [0, 0, 0, 0, 0]
  function note(fault: Fault, failures: readonly Failure[]): void {
    failed.push(...failures.map((failure) => ({ ...fault, ...failure })))
  }
  const count = (harm: Harm) => failed.filter((failure) => failure.harm === harm).length
  return {
    add(fault, failures) {
      cases += 1
      if (failures.length === 0) passed += 1
      note(fault, failures)
    },
    later: note,
    missed() {
      notReached += 1
    },
    started(milliseconds) {
      slowestStart = Math.max(slowestStart, Math.round(milliseconds))
    },
    acknowledged(operations) {
      acknowledged += operations
    },
    tally: () => ({
      cases,
      passed,
      notReached,
      acknowledged,
      lost: count('lost'),
      corrupt: count('corrupt'),
      dangling: count('dangling'),
      stuck: count('stuck'),
      slowestStart,
      failed,
    }),
  }
}

/** Several tallies of one kind as one. */
export function sumTallies(tallies: readonly Tally[]): Tally {
  const sum = (of: (tally: Tally) => number) =>
    tallies.reduce((total, tally) => total + of(tally), 0)
  return {
    cases: sum(({ cases }) => cases),
    passed: sum(({ passed }) => passed),
    notReached: sum(({ notReached }) => notReached),
    acknowledged: sum(({ acknowledged }) => acknowledged),
    lost: sum(({ lost }) => lost),
    corrupt: sum(({ corrupt }) => corrupt),
    dangling: sum(({ dangling }) => dangling),
    stuck: sum(({ stuck }) => stuck),
    slowestStart: Math.max(0, ...tallies.map(({ slowestStart }) => slowestStart)),
    failed: tallies.flatMap(({ failed }) => failed),
  }
}
