import t from 'tap'
import { compare, median, rotate } from '../../../bench/statistics.ts'

t.test('the median is the middle one, or the mean of the two in the middle', async (t) => {
  const cases = [
    { values: [7], expected: 7 },
    { values: [9, 1, 100], expected: 9 },
    { values: [4, 1, 100, 2], expected: 3 },
    { values: [10, 9, 100, 11, 8], expected: 10 },
  ]
  for (const { values, expected } of cases) t.equal(median(values), expected, String(values))
  t.ok(Number.isNaN(median([])))
})

t.test('the median leaves its input as it was', async (t) => {
  const values = [3, 1, 2]
  median(values)
  t.same(values, [3, 1, 2])
})

t.test('a ratio above 1 means that ours is better', async (t) => {
  t.equal(compare([200], [100], 'more').ofMedians, 2)
  t.equal(compare([200], [100], 'less').ofMedians, 0.5)
})

t.test('paired ratios compare round by round', async (t) => {
  // The machine was slow in the second round, for both.
  const { ofMedians, paired } = compare([100, 10, 120], [50, 5, 20], 'more')
  t.equal(ofMedians, 5)
  t.equal(paired, 2)
})

t.test('rounds that one side lacks are left out of the pairs', async (t) => {
  t.equal(compare([2, 4, 1000], [1, 2], 'more').paired, 2)
})

t.test('each round begins with another one', async (t) => {
  t.same(
    [0, 1, 2, 3].map((round) => rotate(['a', 'b', 'c'], round).join('')),
    ['abc', 'bca', 'cab', 'abc'],
  )
  t.same(rotate([], 1), [])
})
