import type { Answer } from '../http.ts'
import type { Change, Outcome } from '../model.ts'
import type { Random } from '../random.ts'
import type { Shelf, World } from '../world.ts'

/** One writer: it does one thing after the other, on what is its own. */
export interface Writer {
  readonly world: World
  readonly shelf: Shelf
  readonly random: Random
  /** Part of every name it uses. */
  readonly name: string
}

/** The registry did not do what was asked; the rest of the work it was for is dropped. */
export class Refused extends Error {}

export interface Action {
  readonly changes: readonly Change[]
  /** The status that acknowledges. */
  readonly accepted: number
  /** Statuses that refuse, and may: nothing is wrong then. */
  readonly refusable?: readonly number[]
  send(): Promise<Answer>
}

function outcomeOf(status: number, accepted: number): Outcome {
  if (status === accepted) return 'acknowledged'
  return status >= 500 ? 'unknown' : 'refused'
}

/** What an answer says that should have been another one. */
export function explain({ status, body }: Answer): string {
  return `${status} ${body.toString().slice(0, 200)}`
}

/** A server error is harm only where no fault explains it. */
export function judge(world: World, what: string, answer: Answer): void {
  if (world.options.errorsExpected?.includes(answer.status)) return
  world.fail(answer.status >= 500 ? 'stuck' : 'lost', `${what} was answered ${explain(answer)}`)
}

/**
 * Does something that changes the registry, and tells the model what came of it. Every answer that
 * is neither `accepted` nor `refusable` is a failure, as the writer asked for what has to be done.
 * @throws Broken, Silent where nobody knows.
 */
export async function act(world: World, what: string, action: Action): Promise<Answer> {
  const { changes, accepted, refusable = [] } = action
  const operation = world.model.begin(changes)
  try {
    const answer = await action.send()
    operation.end(outcomeOf(answer.status, accepted))
    if (answer.status !== accepted && !refusable.includes(answer.status)) judge(world, what, answer)
    return answer
  } catch (error) {
    operation.end('unknown')
    throw error
  }
}

/** Goes on only with this status. @throws Refused */
export function demand(answer: Answer, status: number): Answer {
  if (answer.status !== status) throw new Refused(explain(answer))
  return answer
}
