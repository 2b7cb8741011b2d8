/**
 * What a registry may show after a crash, given what it acknowledged.
 *
 * The world is a set of cells, each a name with a state: a tag's digest, or `here` for a blob or a
 * manifest in a repository; absent is `null`. An operation changes one or several cells, all of them
 * or none. Once acknowledged, its changes hold; refused, they do not; where its answer never came,
 * both are legal, until somebody looks.
 *
 * A cell has one writer at a time, except for operations that want the same change: then the order
 * in which they end does not matter, and the set of legal states is exact.
 */
export type State = string | null

export interface Change {
  readonly cell: string
  readonly to: State
  /** The change is made only if this is the state; in any state if it is not given. */
  readonly only?: State
}

export type Outcome = 'acknowledged' | 'refused' | 'unknown'

export interface Operation {
  /** To be called once, when it has ended. */
  end(outcome: Outcome): void
}

export interface Model {
  /** @throws Error if another operation under way wants something else of the same cell. */
  begin(changes: readonly Change[]): Operation
  /** Every state the cell may be seen in now; a cell nobody ever named is absent. */
  legal(cell: string): ReadonlySet<State>
  /** The state, if there is only one that is legal. */
  known(cell: string): State | undefined
  /** Counts up with each operation that touches the cell: equal numbers mean that nothing moved. */
  version(cell: string): number
  /** Somebody looked: from now on only this state is legal. False if it was not legal before. */
  observe(cell: string, state: State): boolean
  /**
   * After everything was observed: operations without an answer that were done by half. Each gives
   * the cells that changed and those that did not. Forgets these operations.
   */
  torn(): readonly Torn[]
  /** All cells, or those that were touched since `settle`. */
  cells(touched?: 'touched'): readonly string[]
  /** Everything touched so far was checked. */
  settle(): void
  /** Operations that were acknowledged. */
  acknowledged(): number
}

export interface Torn {
  readonly done: readonly string[]
  readonly undone: readonly string[]
}

interface Cell {
  readonly settled: Set<State>
  readonly open: Set<Change>
  version: number
}

/** A change without an answer, and whether looking at the cell tells if it was done. */
interface Doubt {
  readonly change: Change
  readonly version: number
  readonly telling: boolean
}

function sameChange(a: Change, b: Change): boolean {
  return a.to === b.to && a.only === b.only
}

function applied({ only, to }: Change, state: State): State {
  return only === undefined || only === state ? to : state
}

export function createModel(): Model {
  const cells = new Map<string, Cell>()
  const touched = new Set<string>()
  let doubts: (readonly Doubt[])[] = []
  let acknowledged = 0

  function cellOf(name: string): Cell {
    const found = cells.get(name)
    if (found) return found
    const cell: Cell = { settled: new Set([null]), open: new Set(), version: 0 }
    cells.set(name, cell)
    return cell
  }

  function legal(name: string): ReadonlySet<State> {
    const cell = cells.get(name)
    if (!cell) return new Set([null])
    const states = new Set(cell.settled)
    for (const change of cell.open)
      for (const state of cell.settled) states.add(applied(change, state))
    return states
  }

  function open(change: Change): void {
    const cell = cellOf(change.cell)
    for (const other of cell.open) {
      if (!sameChange(change, other)) throw new Error(`two writers of ${change.cell}`)
    }
    cell.open.add(change)
    cell.version += 1
    touched.add(change.cell)
  }

  /** Looking tells only where the state before was known, and differs from the one afterwards. */
  function doubt(change: Change): Doubt {
    const { settled, version } = cellOf(change.cell)
    const [before] = settled
    const telling = settled.size === 1 && applied(change, before as State) !== before
    return { change, version, telling }
  }

  function close(change: Change, outcome: Outcome): void {
    const { open, settled } = cellOf(change.cell)
    open.delete(change)
    if (outcome === 'refused') return
    const before = [...settled]
    if (outcome === 'acknowledged') settled.clear()
    for (const state of before) settled.add(applied(change, state))
  }

  function known(name: string): State | undefined {
    const states = legal(name)
    return states.size === 1 ? ([...states][0] as State) : undefined
  }

  function tornIn(group: readonly Doubt[]): Torn {
    const tellers = group.filter(
      ({ change, version, telling }) => telling && cellOf(change.cell).version === version,
    )
    const names = (done: boolean) =>
      tellers
        .filter(({ change }) => (known(change.cell) === change.to) === done)
        .map(({ change }) => change.cell)
    return { done: names(true), undone: names(false) }
  }

  return {
    begin(changes) {
      for (const change of changes) open(change)
      return {
        end(outcome) {
          if (outcome === 'acknowledged') acknowledged += 1
          if (outcome === 'unknown' && changes.length > 1) doubts.push(changes.map(doubt))
          for (const change of changes) close(change, outcome)
        },
      }
    },
    legal,
    known,
    version: (name) => cells.get(name)?.version ?? 0,
    observe(name, state) {
      const fits = legal(name).has(state)
      const { settled } = cellOf(name)
      settled.clear()
      settled.add(state)
      return fits
    },
    torn() {
      const halves = doubts
        .map(tornIn)
        .filter(({ done, undone }) => done.length > 0 && undone.length > 0)
      doubts = []
      return halves
    },
    cells: (which) => (which === 'touched' ? [...touched] : [...cells.keys()]),
    settle() {
      touched.clear()
    },
    acknowledged: () => acknowledged,
  }
}
