import t from 'tap'
import { check, type Specification } from '../../e2e/history/checker.ts'
import { explain } from '../../e2e/history/explain.ts'
import { type Cases, historyOf, judge, type Row } from './histories.ts'

type Request = 'read' | { readonly write: number }

/** A number that is 0 at first: the textbook example. A write may be refused and then does nothing. */
const register: Specification<number, Request, number | 'done' | 'refused'> = {
  initial: 0,
  next(state, { request, answer }) {
    if (request === 'read') return answer === state ? [state] : []
    return [answer === 'refused' ? state : request.write]
  },
  isLook: ({ request }) => request === 'read',
  keyOf: String,
}

const write = (value: number): Request => ({ write: value })

const legal: Cases<Request, number | 'done' | 'refused'> = {
  'nothing at all': [],
  'one after the other': [
    [1, 2, write(1), 'done'],
    [3, 4, 'read', 1],
  ],
  'a read beside a write sees the old': [
    [1, 6, write(1), 'done'],
    [2, 3, 'read', 0],
    [4, 5, 'read', 1],
  ],
  'writes at once, in the order the reads tell': [
    [1, 9, write(1), 'done'],
    [2, 8, write(2), 'done'],
    [3, 4, 'read', 2],
    [5, 6, 'read', 1],
  ],
  'a write of what is there already, beside another write': [
    [1, 2, write(1), 'done'],
    [3, 8, write(1), 'done'],
    [4, 5, write(2), 'done'],
    [6, 7, 'read', 1],
  ],
  'a write without an answer that is seen late': [
    [1, 0, write(1), undefined],
    [2, 3, 'read', 0],
    [4, 5, 'read', 1],
  ],
  'a write without an answer that is never seen': [
    [1, 0, write(1), undefined],
    [2, 3, 'read', 0],
  ],
  'what was refused changes nothing': [
    [1, 2, write(1), 'refused'],
    [3, 4, 'read', 0],
  ],
  'requests of one connection at once, in the order they were sent': [
    [1, 5, write(1), 'done', 1],
    [2, 6, 'read', 1, 1],
    [3, 7, write(2), 'done', 1],
    [4, 8, 'read', 2, 1],
  ],
}

const illegal: typeof legal = {
  'a read of what nobody wrote': [[1, 2, 'read', 7]],
  'a stale read': [
    [1, 2, write(1), 'done'],
    [3, 4, 'read', 0],
  ],
  'a read before the write began': [
    [1, 2, 'read', 1],
    [3, 4, write(1), 'done'],
  ],
  'a lost write': [
    [1, 2, write(1), 'done'],
    [3, 4, write(2), 'done'],
    [5, 6, 'read', 1],
  ],
  'reads that go back': [
    [1, 9, write(1), 'done'],
    [2, 3, 'read', 1],
    [4, 5, 'read', 0],
  ],
  'two readers that see two writes in two orders': [
    [1, 20, write(1), 'done'],
    [2, 21, write(2), 'done'],
    [3, 4, 'read', 1],
    [5, 6, 'read', 2],
    [7, 8, 'read', 1],
  ],
  'a write without an answer that is seen and undone': [
    [1, 0, write(1), undefined],
    [2, 3, 'read', 1],
    [4, 5, 'read', 0],
  ],
  'a refused write that is seen': [
    [1, 2, write(1), 'refused'],
    [3, 4, 'read', 1],
  ],
  'a request that overtakes another of its connection': [
    [1, 5, write(1), 'done', 1],
    [2, 6, 'read', 0, 1],
  ],
}

judge(true, legal, () => register)
judge(false, illegal, () => register)

t.test('the order it gives respects real time and explains every answer', async (t) => {
  const history = historyOf<Request, number | 'done' | 'refused'>([
    [1, 9, write(1), 'done'],
    [2, 8, write(2), 'done'],
    [3, 4, 'read', 2],
    [5, 6, 'read', 1],
  ])
  const verdict = check(history, register)
  t.match(verdict, { legal: true, state: 1 })
  t.strictSame(
    verdict.order.map(({ request }) => request),
    [write(2), 'read', write(1), 'read'],
  )
})

t.test('what it refuses it explains', async (t) => {
  const history = historyOf<Request, number | 'done' | 'refused'>([
    [1, 2, write(1), 'done'],
    [3, 4, 'read', 0],
  ])
  const verdict = check(history, register)
  t.match(verdict, { legal: false, state: 1, stuck: [{ request: 'read', answer: 0 }] })
  t.match(explain(verdict), /then: 1\nand none of these could come next:\n.*"read" → 0$/)
  t.equal(explain(check([], register)), '')
})

/** Writes that overlap widely, each soon followed by a read of a value `seen` gives for it. */
function wide(
  count: number,
  seen: (value: number) => number,
): readonly Row<Request, number | 'done'>[] {
  return Array.from({ length: count }, (_, index) => index + 1).flatMap((value) => [
    [value, 1000 + value, write(value), 'done'] as const,
    [100 + 2 * value, 101 + 2 * value, 'read', seen(value)] as const,
  ])
}

t.test('many writes at once are judged', async (t) => {
  const backwards = historyOf(wide(50, (value) => 51 - value))
  t.equal(check(backwards, register).legal, true)
  const twice = historyOf(wide(10, (value) => (value === 10 ? 1 : value)))
  t.equal(check(twice, register).legal, false, 'the first value is seen again at the end')
})

t.test('a history too wide to judge is an error and no verdict', async (t) => {
  const opaque: Specification<string, number, number> = {
    initial: '',
    next: (state, { request, answer }) => (answer === -1 ? [] : [`${state},${request}`]),
    isLook: () => false,
    keyOf: (state) => state,
  }
  const rows = Array.from({ length: 11 }, (_, index): Row<number, number> => [index, 99, index, 0])
  t.throws(() => check(historyOf([...rows, [98, 100, 0, -1]]), opaque), /undecided/)
})
