import t from 'tap'
import { type Access, findContradiction } from '../../e2e/history/register.ts'

const write = (value: string, start: number, end: number): Access => ({
  kind: 'write',
  value,
  start,
  end,
})
const read = (value: string, start: number, end: number): Access => ({
  ...write(value, start, end),
  kind: 'read',
})

const possible: Readonly<Record<string, readonly Access[]>> = {
  'one after the other': [write('a', 1, 2), read('a', 3, 4), write('b', 5, 6), read('b', 7, 8)],
  'a write that nobody saw': [write('a', 1, 10), write('b', 2, 9), read('b', 11, 12)],
  'reads during a write may see either': [
    write('a', 1, 2),
    write('b', 3, 10),
    read('a', 4, 5),
    read('b', 6, 7),
  ],
  'writes at once, seen in one order': [
    write('a', 1, 20),
    write('b', 1, 20),
    read('b', 2, 3),
    read('a', 4, 5),
  ],
}

const impossible: Readonly<Record<string, readonly Access[]>> = {
  'a value that is back': [write('a', 1, 2), write('b', 3, 4), read('a', 5, 6)],
  'a value that was never written': [write('a', 1, 2), read('b', 3, 4)],
  'a value from the future': [read('a', 1, 2), write('a', 3, 4)],
  'two orders of the same writes': [
    write('a', 1, 20),
    write('b', 1, 20),
    read('b', 2, 3),
    read('a', 4, 5),
    read('b', 6, 7),
  ],
}

for (const [what, history] of Object.entries(possible)) {
  t.test(`possible: ${what}`, async (t) => t.equal(findContradiction(history), undefined))
}
for (const [what, history] of Object.entries(impossible)) {
  t.test(`impossible: ${what}`, async (t) => t.type(findContradiction(history), 'string'))
}
