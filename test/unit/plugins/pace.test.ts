import t from 'tap'
import { createPace, type Progress, type TooSlow } from '../../../src/plugins/slow-clients/pace.ts'

const limits = { idleTimeout: 5000, minRate: 100, minRateWindow: 1000 }
const idle: TooSlow = { limit: 'http.idleTimeout' }

/** A quarter of a second in which so many bytes moved. */
function quarter(moved: number, rest: Partial<Progress> = {}): Progress {
  return { elapsed: 250, awaited: true, moved, exact: true, ...rest }
}

function times<T>(count: number, value: T): readonly T[] {
  return Array.from({ length: count }, () => value)
}

interface Case {
  readonly what: string
  readonly steps: readonly Progress[]
  /** After which step the client is too slow, counted from 1, and why; absent: never. */
  readonly cut?: readonly [step: number, TooSlow]
  readonly change?: Partial<typeof limits>
  readonly ahead?: boolean
}

const cases: readonly Case[] = [
  { what: 'just fast enough', steps: times(100, quarter(25)) },
  {
    what: 'a little too slow from the beginning',
    steps: times(100, quarter(24)),
    cut: [4, { limit: 'http.minRate', rate: 96 }],
  },
  {
    what: 'one step a second',
    steps: times(20, [quarter(0), quarter(0), quarter(100), quarter(0)]).flat(),
  },
  {
    what: 'fast, then a trickle: four windows are saved up and no more',
    steps: [...times(20, quarter(10_000)), ...times(100, quarter(1))],
    cut: [20 + 20, { limit: 'http.minRate', rate: 4 }],
  },
  {
    what: 'ahead at the beginning, then a trickle',
    steps: times(100, quarter(1)),
    ahead: true,
    cut: [20, { limit: 'http.minRate', rate: 4 }],
  },
  {
    what: 'fast, then nothing',
    steps: [quarter(1e9), ...times(100, quarter(0))],
    change: { idleTimeout: 2000 },
    cut: [1 + 8, idle],
  },
  {
    what: 'nothing, and no rate to keep',
    steps: times(100, quarter(0)),
    change: { minRate: 0 },
    cut: [20, idle],
  },
  {
    what: 'a byte now and then, and no rate to keep',
    steps: times(10, [...times(19, quarter(0)), quarter(1)]).flat(),
    change: { minRate: 0 },
  },
  {
    what: 'nothing, and no limits',
    steps: times(1000, quarter(0)),
    change: { minRate: 0, idleTimeout: 0 },
  },
  { what: 'nothing while the registry is busy', steps: times(100, quarter(0, { awaited: false })) },
  {
    what: 'nothing in an unlucky part of each window',
    steps: times(50, [...times(3, quarter(0)), quarter(0, { awaited: false })]).flat(),
  },
  {
    what: 'nothing known of the rate: the idle time is left',
    steps: times(100, quarter(0, { exact: false })),
    cut: [20, idle],
  },
  {
    what: 'little known of the rate',
    steps: times(100, [quarter(1), quarter(1, { exact: false })]).flat(),
  },
]

t.test('a client is cut when it is too slow, and only then', async (t) => {
  for (const { what, steps, cut, change, ahead = false } of cases) {
    const pace = createPace({ ...limits, ...change }, ahead)
    const verdicts = steps.map((step) => pace.judge(step))
    const first = verdicts.findIndex((verdict) => verdict !== undefined)
    t.same(first === -1 ? undefined : [first + 1, verdicts[first]], cut, what)
  }
})
