import t from 'tap'
import { mergeResults } from '../../../bench/report/merge.ts'
import { measured, result, work } from './results.ts'

const part = (date: string, name: string, value: number, version: Record<string, string> = {}) =>
  result([work(name, { layerhouse: measured([value]) })], { date, versions: version })

t.test('parts become one result, in the order of works, each as measured last', async (t) => {
  const merged = mergeResults([
    part('2026-01-03', 'pull-1', 3, { go: '1.26' }),
    part('2026-01-01', 'pull-1', 1),
    part('2026-01-02', 'push-1', 2, { zot: '2.1' }),
  ])
  t.same(
    merged.works.map(({ name, outcomes }) => [name, outcomes.layerhouse]),
    [
      ['push-1', measured([2])],
      ['pull-1', measured([3])],
    ],
  )
  t.same(merged.versions, { zot: '2.1', go: '1.26' })
  t.equal(merged.duration, 30)
})

t.test('results of different machines are not mixed', async (t) => {
  const machine = { cpu: 'another', cores: 64, memory: 2 ** 40, kernel: '6.1.0' }
  const parts = [result([]), result([], { machine })]
  t.throws(() => mergeResults(parts), { message: /different machines/ })
})
