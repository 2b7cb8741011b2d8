import t from 'tap'
import { readArguments } from '../../faults/arguments.ts'
import { kinds } from '../../faults/kinds.ts'
import { mergeScoreboard } from '../../faults/record.ts'
import {
  countOutcomes,
  formatScoreboard,
  isClean,
  type Scoreboard,
} from '../../faults/scoreboard.ts'
import { createCounter, type Harm, harms, sumTallies, type Tally } from '../../faults/tally.ts'

function tallyOf(cases: number, ...harmDone: readonly Harm[]): Tally {
  const counter = createCounter()
  for (let index = 0; index < cases; index++) {
    const failures = index === 0 ? harmDone.map((harm) => ({ harm, what: `it is ${harm}` })) : []
    counter.add({ fault: `fault ${index}`, seed: 7 }, failures)
  }
  counter.acknowledged(100 * cases)
  counter.started(1234.5)
  return counter.tally()
}

function scoreboardOf(tallies: Readonly<Record<string, Tally>>, date = '2026-01-02'): Scoreboard {
  return {
    date: `${date}T03:04:05.000Z`,
    command: 'npm run faults --',
    seed: 7,
    duration: 12.3,
    versions: { layerhouse: '1.0.0', node: '20.1.0', kernel: '6.1', sqlite: '3.50' },
    kinds: tallies,
  }
}

t.test('any harm makes a run fail, and so does a kind that did nothing', async (t) => {
  t.equal(isClean(scoreboardOf({ kills: tallyOf(3) })), true)
  for (const harm of harms) {
    const board = scoreboardOf({ kills: tallyOf(3), cuts: tallyOf(3, harm) })
    t.equal(isClean(board), false, harm)
    t.match(formatScoreboard(board), `cuts, seed 7, fault 0\n  ${harm}: it is ${harm}`)
  }
  t.equal(isClean(scoreboardOf({ kills: tallyOf(3), cuts: tallyOf(0) })), false, 'no case')
  t.equal(isClean(scoreboardOf({})), false, 'no kind')
})

t.test('cases and failures are counted apart', async (t) => {
  t.same(countOutcomes(tallyOf(3)), { passed: 3, failed: 0 })
  t.same(countOutcomes(tallyOf(3, 'lost', 'stuck')), { passed: 2, failed: 2 })
  t.same(countOutcomes(tallyOf(0)), { passed: 0, failed: 1 })
})

t.test('harm that comes to light later fails no case that passed', async (t) => {
  const counter = createCounter()
  counter.add({ fault: 'a kill', seed: 1 }, [])
  counter.later({ fault: 'a last look', seed: 1 }, [{ harm: 'corrupt', what: 'a file' }])
  t.match(counter.tally(), { cases: 1, corrupt: 1 })
  t.same(countOutcomes(counter.tally()), { passed: 1, failed: 1 })
})

t.test('tallies of lanes add up, and the slowest start is the slowest of all', async (t) => {
  const sum = sumTallies([tallyOf(2, 'lost'), { ...tallyOf(3), slowestStart: 9, notReached: 4 }])
  t.match(sum, { cases: 5, notReached: 4, acknowledged: 500, lost: 1, slowestStart: 1235 })
  t.equal(sum.failed.length, 1)
})

t.test('a page keeps the rows of the kinds that did not run', async (t) => {
  const empty = 'before\n<!-- scoreboard -->\n<!-- /scoreboard -->\nafter\n'
  const first = mergeScoreboard(empty, scoreboardOf({ kills: tallyOf(3), 'cuts-ext4': tallyOf(2) }))
  const second = mergeScoreboard(
    first,
    scoreboardOf({ 'cuts-ext4': tallyOf(5, 'lost') }, '2026-05-06'),
  )
  const measured = 'Layerhouse 1.0.0, Node 20.1.0, SQLite 3.50, Linux 6.1, seed 7'
  t.same(second.split('\n'), [
    'before',
    '<!-- scoreboard -->',
    '| kind | cases | acknowledged operations | lost | corrupt | dangling | stuck | slowest start | measured |',
    '| --- | --: | --: | --: | --: | --: | --: | --: | --- |',
    `| kills | 3 | 300 | 0 | 0 | 0 | 0 | 1235 ms | 2026-01-02, ${measured} |`,
    `| cuts-ext4 | 5 | 500 | 1 | 0 | 0 | 0 | 1235 ms | 2026-05-06, ${measured} |`,
    '<!-- /scoreboard -->',
    'after',
    '',
  ])
  t.throws(() => mergeScoreboard('no marks', scoreboardOf({ kills: tallyOf(1) })), {
    message: 'the page has no <!-- scoreboard --> and <!-- /scoreboard -->',
  })
})

t.test('arguments choose kinds, cases and a seed, and mistakes are named', async (t) => {
  const wanted = readArguments(kinds, ['--kinds', 'random-kills', '--rounds', '5', '--seed', '9'])
  t.match(wanted, { rounds: 5, seed: 9, lanes: 2, record: false })
  t.same(
    wanted.kinds.map(({ name }) => name),
    ['random-kills'],
  )
  t.same(readArguments(kinds, []).kinds, kinds)
  t.throws(() => readArguments(kinds, ['--kinds', 'floods']), { message: /^--kinds floods: there/ })
  for (const text of ['0', '-1', 'x', '1e3', '']) {
    t.throws(() => readArguments(kinds, [`--rounds=${text}`]), { message: /not a number from 1/ })
  }
})
