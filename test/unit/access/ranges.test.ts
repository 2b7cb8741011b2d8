import t from 'tap'
import { createRights } from '../../../src/access/decide.ts'
import {
  difference,
  fillsItsRange,
  intersection,
  rangeOf,
  union,
} from '../../../src/access/ranges.ts'
import { account, book, closed, grant, signedIn } from './book.ts'

const alice = account(1, 'alice')

t.test('a pattern lies between its literal beginning and what follows that', async (t) => {
  const cases = {
    '**': [{ from: '' }, true],
    '*': [{ from: '' }, false],
    '*/app': [{ from: '' }, false],
    'team/app': [{ from: 'team/app', to: 'team/app\0' }, true],
    'team/**': [{ from: 'team/', to: 'team0' }, true],
    'team/*': [{ from: 'team/', to: 'team0' }, false],
    'team/**/x/**': [{ from: 'team/', to: 'team0' }, false],
    'team/app-*': [{ from: 'team/app-', to: 'team/app.' }, false],
    'te*/**': [{ from: 'te', to: 'tf' }, false],
    'z*': [{ from: 'z', to: '{' }, false],
  } as const
  for (const [pattern, [range, isFull]] of Object.entries(cases)) {
    t.strictSame(rangeOf(pattern), range, pattern)
    t.equal(fillsItsRange(pattern), isFull, pattern)
  }
})

t.test('ranges are united, cut and taken away from each other', async (t) => {
  const ab = { from: 'a', to: 'b' }
  const cd = { from: 'c', to: 'd' }
  t.strictSame(union([cd, ab, cd]), [ab, cd])
  t.strictSame(union([{ from: 'b', to: 'c' }, ab]), [{ from: 'a', to: 'c' }])
  t.strictSame(union([{ from: 'b' }, ab, cd]), [{ from: 'a' }])
  t.strictSame(union([]), [])
  t.strictSame(intersection([{ from: 'aa', to: 'cc' }], [ab, cd]), [
    { from: 'aa', to: 'b' },
    { from: 'c', to: 'cc' },
  ])
  t.strictSame(intersection([ab], [{ from: 'b' }]), [])
  t.strictSame(difference([{ from: '' }], ab), [{ from: '', to: 'a' }, { from: 'b' }])
  t.strictSame(difference([ab, cd], { from: 'aa' }), [{ from: 'a', to: 'aa' }])
  t.strictSame(difference([ab], { from: '' }), [])
})

/** Grants to alice → the ranges in which she may see anything. */
const seen: readonly (readonly [Readonly<Record<string, boolean>>, readonly object[]])[] = [
  [{}, [{ from: 'alice/', to: 'alice0' }]],
  [{ '**': true }, [{ from: '' }]],
  [{ '**': true, 'secret/**': false }, [{ from: '', to: 'secret/' }, { from: 'secret0' }]],
  [
    { '**': true, 'secret/**': false, 'secret/ci/**': true },
    [{ from: '', to: 'secret/' }, { from: 'secret/ci/', to: 'secret/ci0' }, { from: 'secret0' }],
  ],
  [
    { 'b/**': true, 'b/x': false },
    [
      { from: 'alice/', to: 'alice0' },
      { from: 'b/', to: 'b/x' },
      { from: 'b/x\0', to: 'b0' },
    ],
  ],
  [
    { 'b/**': true, 'b/*': false },
    [
      { from: 'alice/', to: 'alice0' },
      { from: 'b/', to: 'b0' },
    ],
  ],
  [{ 'b/**': false, '*/x': true }, [{ from: '', to: 'b/' }, { from: 'b0' }]],
]

t.test('what is taken away as a whole is not looked at, what is given back is', async (t) => {
  for (const [given, ranges] of seen) {
    const grants = Object.entries(given).map(([pattern, isPull]) =>
      isPull ? grant('alice', pattern, 'pull') : grant('alice', pattern),
    )
    const { visible } = createRights(book([alice], grants), closed)
    t.strictSame(visible(signedIn(alice)).ranges, ranges, JSON.stringify(given))
  }
})

t.test('all is visible where nothing is taken away', async (t) => {
  const of = (...grants: readonly ReturnType<typeof grant>[]) =>
    createRights(book([alice], grants), closed).visible(signedIn(alice)).all
  t.equal(of(grant('users', '**', 'pull')), true)
  t.equal(of(grant('users', '**', 'pull'), grant('alice', 'a/**', 'admin')), true)
  t.equal(of(grant('users', '**', 'pull'), grant('alice', 'a/**', 'push')), false)
  t.equal(of(grant('users', '**', 'push')), false)
})
