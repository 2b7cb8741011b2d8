import t from 'tap'
import { replaceSection } from '../../../bench/report/record.ts'
import { formatMarkdown, formatNumber, formatText } from '../../../bench/report/table.ts'
import {
  cpuTable,
  detailTable,
  machineTable,
  remarks,
  valueTable,
} from '../../../bench/report/tables.ts'
import { measured, result, work } from './results.ts'

t.test('numbers have three digits that count', async (t) => {
  const cases: readonly [number, string][] = [
    [0, '0'],
    [0.012345, '0.0123'],
    [1.5, '1.5'],
    [99.95, '100'],
    [123.4, '123'],
    [22_345.6, '22,300'],
    [Number.NaN, '-'],
    [Number.POSITIVE_INFINITY, '-'],
  ]
  for (const [value, text] of cases) t.equal(formatNumber(value), text)
})

t.test('text is in columns, markdown in cells', async (t) => {
  const table = [
    ['work', 'a'],
    ['push', '1,000'],
    ['a|b', '2'],
  ]
  t.equal(formatText(table), 'work      a\npush  1,000\na|b       2\n')
  t.equal(formatMarkdown(table), '| work | a |\n| --- | ---: |\n| push | 1,000 |\n| a\\|b | 2 |\n')
})

t.test('a rival has its median, the ratio of medians and the median of ratios', async (t) => {
  const works = [
    work('push', { layerhouse: measured([100, 10, 120]), zot: measured([50, 5, 20]) }),
    work('start', { layerhouse: measured([20]), zot: measured([10]) }, { better: 'less' }),
  ]
  t.same(valueTable(result(works)), [
    ['work', 'unit', 'Layerhouse', 'zot'],
    ['work push', 'MB/s', '100', '20 · 5× (2×)'],
    ['work start', 'MB/s, less is better', '20', '10 · 0.5× (0.5×)'],
  ])
})

t.test('what was not measured is a dash with its reason below', async (t) => {
  const slow = measured([1], { notes: ['one at a time'] })
  const missing = { missing: 'exit 1\n  no  such thing', failed: true }
  const all = result([
    work('push', { layerhouse: measured([2]), zot: missing, distribution: slow }),
  ])
  t.same(valueTable(all)[1], ['work push', 'MB/s', '2', '1 · 2× (2×)', '-'])
  t.same(remarks(all), [
    'work push, distribution 3: one at a time',
    'work push, zot: exit 1 no such thing',
  ])
})

t.test('a rival keeps its numbers where Layerhouse has none', async (t) => {
  const outcomes = { layerhouse: { missing: 'broken', failed: true }, zot: measured([5]) }
  t.same(valueTable(result([work('push', outcomes)]))[1], ['work push', 'MB/s', '-', '5'])
})

t.test('CPU stands where it is counted by something, details where there are any', async (t) => {
  const some = measured([1], { cpu: [2, 4, 3], details: { 'p99 ms': [7, 9, 8] } })
  const works = [
    work('push', { layerhouse: some }, { per: 'GB' }),
    work('b', { zot: measured([1]) }),
  ]
  t.same(cpuTable(result(works)).slice(1), [['work push', 'GB', '3', '-']])
  t.same(detailTable(result(works)).slice(1), [['work push', 'p99 ms', '8', '-']])
})

t.test('the rounds that were made are told, from the fewest to the most', async (t) => {
  const rounds = (...values: number[][]) =>
    machineTable(result(values.map((some, i) => work(`w${i}`, { zot: measured(some) })))).find(
      ([name]) => name === 'rounds',
    )?.[1]
  t.equal(rounds([1, 2], [3, 4]), '2')
  t.equal(rounds([1, 2, 3], [3]), '1 to 3')
  t.equal(rounds(), '-')
})

t.test('recording changes what is between the markers and nothing else', async (t) => {
  const page = 'before\n<!-- cpu -->\nold\n<!-- /cpu -->\nafter\n'
  const written = replaceSection(page, 'cpu', '| new |\n')
  t.equal(written, 'before\n<!-- cpu -->\n\n| new |\n\n<!-- /cpu -->\nafter\n')
  t.equal(replaceSection(written, 'cpu', '| new |\n'), written, 'the same once more')
  t.throws(() => replaceSection(page, 'memory', ''), { message: /<!-- memory -->/ })
})
