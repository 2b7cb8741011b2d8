import { createFrontier } from './frontier.ts'
import type { History, Operation } from './operation.ts'

/** What a thing does if its requests come one after the other. */
export interface Specification<State, Request, Answer> {
  readonly initial: State
  /**
   * The states that may follow if this operation takes effect now; none if its answer can't be.
   * Without an answer: what it may have done, if it did anything.
   * @param running those that ran at the same time and have not taken effect yet.
   */
  next(
    state: State,
    operation: Operation<Request, Answer>,
    running: () => readonly Operation<Request, Answer>[],
  ): readonly State[]
  /** Whether an operation with this answer changes nothing, in whatever state. */
  isLook(operation: Operation<Request, Answer>): boolean
  /** Equal for equal states, and only for them. */
  keyOf(state: State): string
}

/** An order that explains answers, and the state at its end. */
interface Explained<State, Request, Answer> {
  readonly order: History<Request, Answer>
  readonly state: State
}

/** The longest beginning that could be explained, and those of which one had to come next. */
interface Attempt<State, Request, Answer> extends Explained<State, Request, Answer> {
  readonly stuck: History<Request, Answer>
}

export type Verdict<State, Request, Answer> =
  | ({ readonly legal: true } & Explained<State, Request, Answer>)
  | ({ readonly legal: false } & Attempt<State, Request, Answer>)

/** More steps than this and the history is too long or too wide to be judged: a mistake of the test. */
const patience = 100_000

/** One way to go on: an operation, and a state it may lead to. */
interface Move<State> {
  readonly index: number
  readonly after: State
}

/**
 * Whether a history is linearizable: whether its operations, each taken as one moment between its
 * start and its end, can be put in an order in which the specification gives the same answers.
 *
 * The search of Wing and Gong: try each operation that may come next, step back where none fits. A
 * set of operations done and a state that led nowhere once is not tried again (Lowe). A look that
 * fits is taken without trying others: nothing is lost by taking it now.
 * @throws Error if that takes too many steps: nothing is known then.
 */
export function check<State, Request, Answer>(
  history: History<Request, Answer>,
  { initial, next, isLook, keyOf }: Specification<State, Request, Answer>,
): Verdict<State, Request, Answer> {
  const frontier = createFrontier(history)
  const hopeless = new Set<string>()
  let longest: Attempt<State, Request, Answer> = { order: [], state: initial, stuck: [] }
  let steps = 0

  const at = (index: number) => history[index] as Operation<Request, Answer>
  const after = (state: State, index: number) =>
    next(state, at(index), () => frontier.running(index))

  function take({ index, after: state }: Move<State>): State | undefined {
    frontier.take(index)
    const end = search(state)
    if (end === undefined) frontier.giveBack(index)
    return end
  }

  /** In the order to try them: first those that let the one go on that was answered first. */
  function movesFrom(state: State, candidates: readonly number[]): readonly Move<State>[] {
    const states = candidates.map((index) => ({ index, states: after(state, index) }))
    const look = states.find(({ index, states }) => states.length > 0 && isLook(at(index)))
    if (look) return [{ index: look.index, after: state }]
    const moves = states.flatMap(({ index, states }) => states.map((after) => ({ index, after })))
    const [urgent] = states
    if (urgent === undefined || urgent.states.length > 0) return moves
    const helps = (move: Move<State>) => after(move.after, urgent.index).length > 0
    const helpful = new Set(moves.filter(helps))
    return [...helpful, ...moves.filter((move) => !helpful.has(move))]
  }

  function remember(state: State, candidates: readonly number[]): void {
    const order = frontier.order()
    if (order.length < longest.order.length) return
    longest = { order, state, stuck: candidates.map(at) }
  }

  /** The state at the end if what is left can be explained from here. */
  function search(state: State): State | undefined {
    if (frontier.isAnswered()) return state
    const key = `${frontier.key()} ${keyOf(state)}`
    if (hopeless.has(key)) return undefined
    if (++steps > patience) throw new Error(`undecided after ${patience} steps`)
    const candidates = frontier.candidates()
    remember(state, candidates)
    for (const move of movesFrom(state, candidates)) {
      const end = take(move)
      if (end !== undefined) return end
    }
    hopeless.add(key)
    return undefined
  }

  const state = search(initial)
  if (state === undefined) return { legal: false, ...longest }
  return { legal: true, order: frontier.order(), state }
}
