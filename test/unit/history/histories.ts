import t from 'tap'
import { check, type Specification } from '../../e2e/history/checker.ts'
import type { History, Operation } from '../../e2e/history/operation.ts'

/** `[start, end, request, answer, connection]`; no answer ends never, no connection is one of its own. */
export type Row<Request, Answer> = readonly [
  start: number,
  end: number,
  request: Request,
  answer: Answer | undefined,
  connection?: number,
]

export type Cases<Request, Answer> = Readonly<Record<string, readonly Row<Request, Answer>[]>>

export function historyOf<Request, Answer>(
  rows: readonly Row<Request, Answer>[],
): History<Request, Answer> {
  return rows
    .map(
      ([start, end, request, answer, connection], index): Operation<Request, Answer> => ({
        connection: connection ?? -1 - index,
        start,
        end: answer === undefined ? Number.POSITIVE_INFINITY : end,
        request,
        answer,
      }),
    )
    .toSorted((one, other) => one.start - other.start)
}

/** One test a case: it must be accepted, or refused. */
export function judge<State, Request, Answer>(
  legal: boolean,
  cases: Cases<Request, Answer>,
  specificationOf: (history: History<Request, Answer>) => Specification<State, Request, Answer>,
): void {
  for (const [title, rows] of Object.entries(cases)) {
    t.test(`${legal ? 'legal' : 'refused'}: ${title}`, async (t) => {
      const history = historyOf(rows)
      t.equal(check(history, specificationOf(history)).legal, legal)
    })
  }
}
