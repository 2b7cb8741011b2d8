import t from 'tap'
import { formatProgress, maxRanges, parseContentRange, parseRange } from '../../../src/oci/range.ts'

const size = 2048
const none = { kind: 'none' }
const unsatisfiable = { kind: 'unsatisfiable' }
const ranges = (...pairs: readonly (readonly [number, number])[]) => ({
  kind: 'ranges',
  ranges: pairs.map(([start, end]) => ({ start, end })),
})

const cases: readonly (readonly [string | undefined, object])[] = [
  [undefined, none],
  ['bytes=500-1499', ranges([500, 1499])],
  ['bytes=500-', ranges([500, 2047])],
  ['bytes=-500', ranges([1548, 2047])],
  ['bytes=-5000', ranges([0, 2047])],
  ['bytes=2000-5000', ranges([2000, 2047])],
  ['bytes=0-0', ranges([0, 0])],
  ['BYTES=0-0', ranges([0, 0])],
  ['bytes=500-0', unsatisfiable],
  ['bytes=5000-10000', unsatisfiable],
  ['bytes=2048-', unsatisfiable],
  ['bytes=-0', unsatisfiable],
  ['bytes=50-59,0-9', ranges([50, 59], [0, 9])],
  ['bytes= 0-9 , 5-14 ,', ranges([0, 9], [5, 14])],
  ['bytes=0-9,9999-', ranges([0, 9])],
  ['bytes=a-b', none],
  ['bytes=0-9,x', none],
  ['bytes=-', none],
  ['bytes=', none],
  ['items=0-9', none],
  ['bytes 0-9', none],
  ['bytes=99999999999999999999-', none],
]

t.test('Range is read against the size', async (t) => {
  for (const [header, expected] of cases) {
    t.same(parseRange(header, size), expected, String(header))
  }
})

t.test('an empty blob satisfies no range', async (t) => {
  t.same(parseRange('bytes=0-', 0), unsatisfiable)
  t.same(parseRange('bytes=-1', 0), unsatisfiable)
})

t.test('too many parts are refused, the most allowed are not', async (t) => {
  const header = (count: number) => `bytes=${Array(count).fill('0-0').join(',')}`
  t.same(parseRange(header(maxRanges + 1), size), { kind: 'too-many' })
  t.equal(parseRange(header(maxRanges), size).kind, 'ranges')
})

t.test('Content-Range of a chunk has no unit and no total', async (t) => {
  t.same(parseContentRange('0-1023'), { start: 0, end: 1023 })
  t.same(parseContentRange('5-5'), { start: 5, end: 5 })
  for (const bad of ['', '5-4', 'bytes 0-9/10', '0-9/10', '-9', '0-', 'a-b', '0-9,10-19', '+1-2']) {
    t.equal(parseContentRange(bad), undefined, bad)
  }
})

t.test('progress is told from zero', async (t) => {
  t.equal(formatProgress(0), '0-0')
  t.equal(formatProgress(1), '0-0')
  t.equal(formatProgress(1024), '0-1023')
})
