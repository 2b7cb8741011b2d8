/** What counts as an operation. */
export type Deed = 'push' | 'pull' | 'deletion' | 'restore'

export interface Failure {
  readonly at: string
  /** What kind: for counting. */
  readonly kind: string
  readonly what: string
}

/** What was done and what went wrong. */
export interface Tally {
  did(deed: Deed): void
  /** Something that is no operation, and is worth to be told. */
  note(what: string): void
  requested(): void
  fail(kind: string, what: string): void
  operations(): number
  deeds(): ReadonlyMap<Deed, number>
  notes(): ReadonlyMap<string, number>
  requests(): number
  failures(): readonly Failure[]
  failuresByKind(): ReadonlyMap<string, number>
}

/** Failures that are kept with their words; the others are counted. */
const kept = 100

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** @param onFailure told of the first ones as they happen. */
export function createTally(onFailure: (failure: Failure) => void): Tally {
  const deeds = new Map<Deed, number>()
  const notes = new Map<string, number>()
  const kinds = new Map<string, number>()
  const failures: Failure[] = []
  let requests = 0
  return {
    did: (deed) => count(deeds, deed),
    note: (what) => count(notes, what),
    requested() {
      requests += 1
    },
    fail(kind, what) {
      count(kinds, kind)
      if (failures.length >= kept) return
      const failure = { at: new Date().toISOString(), kind, what }
      failures.push(failure)
      onFailure(failure)
    },
    operations: () => [...deeds.values()].reduce((sum, one) => sum + one, 0),
    deeds: () => deeds,
    notes: () => notes,
    requests: () => requests,
    failures: () => failures,
    failuresByKind: () => kinds,
  }
}
