/** A change of a cell that was asked for, from its request to its answer (milliseconds since 1970). */
export interface Move {
  readonly sent: number
  /** Infinite while it is under way. */
  answered: number
  /** Whether it was done for sure. */
  certain: boolean
  /** What the cell holds afterwards; `null`: nothing; `anything`: nobody knows. */
  readonly to: string | null
  /** Changes a cell that holds this, no other. */
  readonly from?: string
  /** Somebody asked for this very cell, not for something it is part of. */
  readonly asked: boolean
  /** Can't be undone. */
  readonly purge?: boolean
}

export const anything = '*'

/** How long moves are remembered that are over: longer than any request takes, milliseconds. */
const memory = 150_000

const initial: Move = {
  sent: Number.NEGATIVE_INFINITY,
  answered: Number.NEGATIVE_INFINITY,
  certain: true,
  to: null,
  asked: true,
}

export interface Look {
  readonly sent: number
  readonly answered: number
}

/**
 * Cells that many change at once, each of a group. What a read may see follows from the times of all
 * changes: what a change set, unless another one began after its answer and was answered before the
 * read began.
 */
export interface Registers {
  begin(group: string, cell: string, move: NewMove): Move
  /** A change of every cell of the group. */
  beginAll(group: string, move: NewMove): Move
  /** It was not done at all. */
  drop(group: string, cell: string, move: Move): void
  dropAll(group: string, move: Move): void
  allows(group: string, cell: string, value: string | null, look: Look): boolean
  /** The changes that may have emptied the cell by now. */
  emptiedBy(group: string, cell: string, look: Look): readonly Move[]
  /** Cells of the group that anything ever changed. */
  cells(group: string): readonly string[]
}

export type NewMove = Pick<Move, 'to' | 'asked'> & Partial<Pick<Move, 'from' | 'purge' | 'sent'>>

function overwrites(later: Move, earlier: Move, value: string | null, look: Look): boolean {
  if (!later.certain || later.sent <= earlier.answered || later.answered >= look.sent) return false
  return later.from === undefined || later.from === value
}

function sources(moves: readonly Move[], value: string | null, look: Look): readonly Move[] {
  return moves.filter((move) => {
    if (move.to !== value && move.to !== anything) return false
    // All may be in the same millisecond.
    if (move.sent > look.answered) return false
    return !moves.some((later) => overwrites(later, move, value, look))
  })
}

/** Without those that nothing can show any more. */
function pruned(moves: Move[]): Move[] {
  if (moves.length < 40) return moves
  const old = Date.now() - memory
  const turn = moves.findLast(
    (move) => move.certain && move.from === undefined && move.answered < old,
  )
  return turn ? moves.filter((move) => move.answered >= turn.sent) : moves
}

export function createRegisters(): Registers {
  const byGroup = new Map<string, { readonly cells: Map<string, Move[]>; all: Move[] }>()

  function groupOf(name: string) {
    const group = byGroup.get(name) ?? { cells: new Map<string, Move[]>(), all: [] }
    byGroup.set(name, group)
    return group
  }

  function movesOf(name: string, cell: string): readonly Move[] {
    const { cells, all } = groupOf(name)
    return [initial, ...(cells.get(cell) ?? []), ...all]
  }

  function newMove(move: NewMove): Move {
    return { sent: Date.now(), answered: Number.POSITIVE_INFINITY, certain: false, ...move }
  }

  return {
    begin(group, cell, fields) {
      const move = newMove(fields)
      const { cells } = groupOf(group)
      cells.set(cell, pruned([...(cells.get(cell) ?? []), move]))
      return move
    },
    beginAll(group, fields) {
      const move = newMove(fields)
      groupOf(group).all.push(move)
      return move
    },
    drop(group, cell, move) {
      const { cells } = groupOf(group)
      cells.set(
        cell,
        (cells.get(cell) ?? []).filter((other) => other !== move),
      )
    },
    dropAll(group, move) {
      const found = groupOf(group)
      found.all = found.all.filter((other) => other !== move)
    },
    allows: (group, cell, value, look) => sources(movesOf(group, cell), value, look).length > 0,
    emptiedBy: (group, cell, look) =>
      sources(movesOf(group, cell), null, look).filter((move) => move !== initial),
    cells: (group) => [...groupOf(group).cells.keys()],
  }
}

/** Notes that a change was answered. */
export function settle(move: Move, certain: boolean, answered = Date.now()): void {
  move.answered = answered
  move.certain = certain
}
