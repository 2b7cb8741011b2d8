import t from 'tap'
import { judge, type Target, targets, targetTable } from '../../../bench/report/targets.ts'
import { works } from '../../../bench/works/all.ts'
import { measured, result, work } from './results.ts'

const mixed = result([
  work('push', { layerhouse: measured([100, 100, 90]), zot: measured([50, 40, 45]) }),
  work(
    'crowd',
    { layerhouse: measured([3], { peaks: [2e8, 3e8, 2.5e8], details: { 'p99 ms': [9, 11, 10] } }) },
    { unit: 'ms', better: 'less' },
  ),
])

t.test('a target is met at its bound and missed beyond it', async (t) => {
  const cases: readonly { target: Target; measured: number; met: boolean }[] = [
    { target: { work: 'push', kind: 'ratio', against: 'zot', atLeast: 2 }, measured: 2, met: true },
    {
      target: { work: 'push', kind: 'ratio', against: 'zot', atLeast: 2.1 },
      measured: 2,
      met: false,
    },
    { target: { work: 'push', kind: 'value', atLeast: 100 }, measured: 100, met: true },
    { target: { work: 'push', kind: 'value', atLeast: 101 }, measured: 100, met: false },
    { target: { work: 'crowd', kind: 'value', atMost: 3 }, measured: 3, met: true },
    { target: { work: 'crowd', kind: 'value', atMost: 2 }, measured: 3, met: false },
    {
      target: { work: 'crowd', kind: 'detail', detail: 'p99 ms', atMost: 10 },
      measured: 10,
      met: true,
    },
    {
      target: { work: 'crowd', kind: 'detail', detail: 'p99 ms', atMost: 9 },
      measured: 10,
      met: false,
    },
  ]
  for (const { target, ...expected } of cases) {
    t.match(judge(mixed, target), expected, JSON.stringify(target))
  }
})

t.test('a target without numbers is neither met nor missed', async (t) => {
  const wanted: Target[] = [
    { work: 'push', kind: 'ratio', against: 'nginx', atLeast: 1 },
    { work: 'pull', kind: 'value', atLeast: 1 },
  ]
  t.same(targetTable(mixed, wanted), [
    ['work', 'target', 'measured', 'met'],
    ['work push', 'at least 1× nginx', '?', '?'],
  ])
})

t.test('a number that is not there does not meet a target', async (t) => {
  const target: Target = { work: 'push', kind: 'detail', detail: 'p99 ms', atMost: 10 }
  t.equal(judge(mixed, target)?.met, false)
})

t.test('every target is of a work that there is', async (t) => {
  const names = new Set(works.map(({ name }) => name))
  t.same(
    targets.filter(({ work }) => !names.has(work)),
    [],
  )
})
