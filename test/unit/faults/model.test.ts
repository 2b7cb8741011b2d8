import t from 'tap'
import { type Change, createModel, type Outcome, type State } from '../../faults/model.ts'

interface Step {
  readonly changes: readonly Change[]
  readonly outcome: Outcome
}

const [tag, manifest, blob] = ['tag r t', 'manifest r a', 'blob r a'] as const
const point = (to: State): Change => ({ cell: tag, to })
const drop: Change = { cell: tag, to: null, only: 'a' }

function after(steps: readonly Step[]) {
  const model = createModel()
  for (const { changes, outcome } of steps) model.begin(changes).end(outcome)
  return model
}

const acknowledged = (...changes: Change[]): Step => ({ changes, outcome: 'acknowledged' })
const refused = (...changes: Change[]): Step => ({ changes, outcome: 'refused' })
const unknown = (...changes: Change[]): Step => ({ changes, outcome: 'unknown' })

/** What was done to a tag, and what it may be afterwards. */
const cases: readonly (readonly [
  title: string,
  steps: readonly Step[],
  legal: readonly State[],
])[] = [
  ['nothing was done', [], [null]],
  ['a push is acknowledged', [acknowledged(point('a'))], ['a']],
  ['a push is refused', [refused(point('a'))], [null]],
  ['a push has no answer', [unknown(point('a'))], [null, 'a']],
  ['two pushes have no answer', [unknown(point('a')), unknown(point('b'))], [null, 'a', 'b']],
  ['what is acknowledged ends a doubt', [unknown(point('a')), acknowledged(point('b'))], ['b']],
  ['a refusal ends no doubt', [unknown(point('a')), refused(point('b'))], [null, 'a']],
  ['a push is deleted', [acknowledged(point('a')), acknowledged(point(null))], [null]],
  ['a delete has no answer', [acknowledged(point('a')), unknown(point(null))], ['a', null]],
  ['the manifest of the tag is deleted', [acknowledged(point('a')), acknowledged(drop)], [null]],
  ['another manifest is deleted', [acknowledged(point('b')), acknowledged(drop)], ['b']],
  [
    'the manifest is deleted that the tag may have',
    [acknowledged(point('b')), unknown(point('a')), acknowledged(drop)],
    ['b', null],
  ],
]

t.test('the legal states are those of what was acknowledged and of what is in doubt', async (t) => {
  for (const [title, steps, legal] of cases) {
    t.same([...after(steps).legal(tag)].sort(), [...legal].sort(), title)
  }
})

t.test('an operation under way may or may not be seen', async (t) => {
  const model = after([acknowledged(point('a'))])
  const operation = model.begin([point('b')])
  t.same([...model.legal(tag)], ['a', 'b'])
  t.equal(model.known(tag), undefined)
  operation.end('acknowledged')
  t.equal(model.known(tag), 'b')
})

t.test('several may want the same of one cell at a time, but nothing else', async (t) => {
  const model = createModel()
  const first = model.begin([{ cell: blob, to: 'here' }])
  const second = model.begin([{ cell: blob, to: 'here' }])
  t.throws(() => model.begin([{ cell: blob, to: null }]), { message: /two writers of blob r a/ })
  first.end('unknown')
  t.same([...model.legal(blob)], [null, 'here'])
  second.end('acknowledged')
  t.equal(model.known(blob), 'here')
  t.doesNotThrow(() => model.begin([{ cell: blob, to: null }]))
})

t.test('what was seen is the only legal state from then on', async (t) => {
  const model = after([unknown(point('a'))])
  t.equal(model.observe(tag, 'a'), true)
  t.same([...model.legal(tag)], ['a'])
  t.equal(model.observe(tag, null), false)
  t.equal(model.known(tag), null)
  t.equal(model.observe('tag r never', 'a'), false, 'nobody ever made it')
})

t.test('an operation without an answer is done wholly or not at all', async (t) => {
  const push = [{ cell: manifest, to: 'here' }, point('a')]
  const table: readonly (readonly [State, State, number])[] = [
    ['here', 'a', 0],
    [null, null, 0],
    ['here', null, 1],
    [null, 'a', 1],
  ]
  for (const [first, second, halves] of table) {
    const model = after([unknown(...push)])
    t.ok(model.observe(manifest, first) && model.observe(tag, second))
    t.equal(model.torn().length, halves, `${first}, ${second}`)
    t.same(model.torn(), [], 'and it is told once')
  }
})

t.test('cells that do not tell are no half', async (t) => {
  const known = after([acknowledged({ cell: manifest, to: 'here' })])
  known.begin([{ cell: manifest, to: 'here' }, point('a')]).end('unknown')
  known.observe(manifest, 'here')
  known.observe(tag, null)
  t.same(known.torn(), [], 'the manifest was there before')

  const moved = after([unknown({ cell: manifest, to: 'here' }, point('a'))])
  moved.begin([point('b')]).end('acknowledged')
  moved.observe(manifest, 'here')
  moved.observe(tag, 'b')
  t.same(moved.torn(), [], 'the tag moved on')
})

t.test('the model counts what was acknowledged and knows what was touched', async (t) => {
  const model = after([acknowledged(point('a')), refused(point('b')), unknown(point('c'))])
  t.equal(model.acknowledged(), 1)
  t.equal(model.version(tag), 3)
  t.same(model.cells('touched'), [tag])
  model.settle()
  t.same(model.cells('touched'), [])
  t.same(model.cells(), [tag])
})
