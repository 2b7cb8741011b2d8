import t from 'tap'
import { bySpecificity } from '../../../src/access/rank.ts'

/** The most specific first; each pattern and all below it. */
const orders: readonly (readonly string[])[] = [
  [
    'team/app',
    'team/app-*',
    'team/a*',
    'team/*',
    'team/**',
    '*/app',
    '*/*',
    '**/app',
    '**/*',
    '**',
  ],
  ['a/b/c', 'a/b/*', 'a/b/**', 'a/*/c', 'a/*/*', 'a/**/c', 'a/**', '**'],
  ['team/x/**', 'team/*/**', 'team/**/x/**', 'team/**/x', 'team/**', '*/x', '**/team/x'],
  ['team-*/a*', 'te*/app-*', 't*/app', '*/app'],
  ['**/x/aaa', '**/yyyy/**', '**/aaa', '**'],
  ['a*b', 'ab*', 'a*'],
]

t.test('patterns are ordered by how specific they are', async (t) => {
  for (const order of orders) {
    for (const [at, pattern] of order.entries()) {
      t.equal(bySpecificity(pattern, pattern), 0)
      for (const weaker of order.slice(at + 1)) {
        t.ok(bySpecificity(pattern, weaker) < 0, `${pattern} before ${weaker}`)
        t.ok(bySpecificity(weaker, pattern) > 0, `${weaker} after ${pattern}`)
      }
    }
  }
})

t.test('the order is one, whatever is compared first', async (t) => {
  const parts = ['a', 'b', 'aa', 'a*', '*a', 'a*b', '*', '**']
  const patterns = parts.flatMap((first) => [
    first,
    ...parts.flatMap((second) => [
      `${first}/${second}`,
      `${first}/${second}/a`,
      `${first}/${second}/**`,
    ]),
  ])
  const sorted = [...new Set(patterns)].sort(bySpecificity)
  let wrong = 0
  for (const [at, pattern] of sorted.entries()) {
    for (const later of sorted.slice(at + 1)) if (bySpecificity(pattern, later) >= 0) wrong += 1
  }
  t.ok(sorted.length > 150)
  t.equal(wrong, 0, 'no two are equal, and there is no circle')
})
