import type { History, Operation } from './operation.ts'

/** Which operations of a history, sorted by their starts, have been put in order already. */
export interface Frontier<Request, Answer> {
  /**
   * Indexes of those that may come next: nothing that is left ended before they began, nor was sent
   * before them on their connection. What was answered first comes first.
   */
  candidates(): readonly number[]
  take(index: number): void
  /** Undoes the last `take`. */
  giveBack(index: number): void
  /** What ran at the same time as this one, is left, and was not sent after it on its connection. */
  running(index: number): readonly Operation<Request, Answer>[]
  /** Whether only operations without an answer are left: they may never have happened. */
  isAnswered(): boolean
  order(): History<Request, Answer>
  /** Equal for equal sets of operations taken. */
  key(): string
}

export function createFrontier<Request, Answer>(
  history: History<Request, Answer>,
): Frontier<Request, Answer> {
  const taken = history.map(() => false)
  const order: number[] = []
  let unanswered = history.filter(({ answer }) => answer !== undefined).length
  /** All before it are taken. */
  let base = 0
  const at = (index: number) => history[index] as Operation<Request, Answer>

  /** Those left that began before the first end of another one left. */
  function open(): readonly number[] {
    const found: number[] = []
    let firstEnd = Number.POSITIVE_INFINITY
    for (let index = base; index < history.length && at(index).start < firstEnd; index++) {
      if (taken[index]) continue
      found.push(index)
      firstEnd = Math.min(firstEnd, at(index).end)
    }
    return found
  }

  return {
    candidates() {
      const busy = new Set<number>()
      const free = open().filter((index) => {
        const { connection, answer } = at(index)
        const first = !busy.has(connection)
        if (answer !== undefined) busy.add(connection)
        return first
      })
      return free.sort((one, other) => at(one).end - at(other).end || one - other)
    },
    take(index) {
      taken[index] = true
      order.push(index)
      if (at(index).answer !== undefined) unanswered -= 1
      while (taken[base]) base += 1
    },
    giveBack(index) {
      taken[index] = false
      order.pop()
      if (at(index).answer !== undefined) unanswered += 1
      base = Math.min(base, index)
    },
    running(index) {
      const { end, connection } = at(index)
      return history.filter(
        (other, place) =>
          !taken[place] &&
          place !== index &&
          other.start < end &&
          (place < index || other.connection !== connection),
      )
    },
    isAnswered: () => unanswered === 0,
    order: () => order.map(at),
    key: () => `${base}:${order.filter((index) => index >= base).sort((a, b) => a - b)}`,
  }
}
