import t from 'tap'
import { digestOf } from '../../../src/oci/digest.ts'
import { evaluateRetention } from '../../../src/policies/retention/evaluate.ts'
import type { RetentionCase } from '../../../src/policies/retention/model.ts'
import type { RetentionRule } from '../../../src/policies/rules.ts'
import { type Ages, caseOf, day, now, protect, rule, timedTag } from './retention-cases.ts'

interface Row {
  readonly title: string
  readonly rules: readonly RetentionRule[]
  readonly tags: Readonly<Record<string, Ages>>
  readonly rest?: Partial<RetentionCase>
  /** Tag → `+` kept or `-` dropped, rule, and what the sentence says. */
  readonly expected: Readonly<Record<string, readonly [keep: '+' | '-', rule: string, why: RegExp]>>
}

const none = ''

const rows: readonly Row[] = [
  {
    title: 'without rules everything stays',
    rules: [],
    tags: { a: [1000] },
    expected: { a: ['+', none, /no rule covers it/] },
  },
  {
    title: 'what the patterns of a rule do not match stays',
    rules: [
      rule('elsewhere', { repositories: ['other/**'], keep: { last: 1 } }),
      rule('other tags', { tags: ['pr-*'], dropOlderThan: day }),
    ],
    tags: { a: [9], b: [8] },
    expected: { a: ['+', none, /no rule/], b: ['+', none, /no rule/] },
  },
  {
    title: 'the last are those pushed last, whatever their names',
    rules: [rule('two', { keep: { last: 2 } })],
    tags: { z: [9], a: [5], m: [1] },
    expected: {
      z: ['-', 'two', /nothing keeps it/],
      a: ['+', 'two', /one of the 2 pushed last/],
      m: ['+', 'two', /one of the 2 pushed last/],
    },
  },
  {
    title: 'of tags pushed at the same time the first by name is one of the last',
    rules: [rule('one', { keep: { last: 1 } })],
    tags: { b: [1], a: [1], c: [2] },
    expected: { a: ['+', 'one', /pushed last/], b: ['-', 'one', /./], c: ['-', 'one', /./] },
  },
  {
    title: 'the last are counted among the tags that the rule covers',
    rules: [rule('prs', { tags: ['pr-*'], keep: { last: 1 } })],
    tags: { 'pr-1': [3], 'pr-2': [2], v1: [1] },
    expected: { 'pr-1': ['-', 'prs', /./], 'pr-2': ['+', 'prs', /last/], v1: ['+', none, /no/] },
  },
  {
    title: 'a window ends with its last moment',
    rules: [rule('week', { keep: { pushedWithin: 7 * day } })],
    tags: { in: [7], out: [7.0001], future: [-1] },
    expected: {
      in: ['+', 'week', /pushed within 7d/],
      out: ['-', 'week', /nothing keeps it/],
      future: ['+', 'week', /pushed within 7d/],
    },
  },
  {
    title: 'a pull keeps, and so does a push',
    rules: [rule('used', { keep: { pulledWithin: 30 * day } })],
    tags: { pulled: [100, 29], pushed: [29], idle: [100, 31], never: [100] },
    expected: {
      pulled: ['+', 'used', /pulled within 30d/],
      pushed: ['+', 'used', /pushed within 30d, which counts/],
      idle: ['-', 'used', /nothing/],
      never: ['-', 'used', /nothing/],
    },
  },
  {
    title: 'while pulls are not known for long enough, everything counts as pulled',
    rules: [rule('used', { keep: { pulledWithin: 30 * day } })],
    tags: { idle: [100, 31], never: [100] },
    rest: { pullsSince: now - 30 * day },
    expected: { idle: ['+', 'used', /not been counted/], never: ['+', 'used', /not been counted/] },
  },
  {
    title: 'where pulls are not written down, everything counts as pulled',
    rules: [rule('used', { keep: { pulledWithin: day } })],
    tags: { old: [1000] },
    rest: { pullsSince: undefined },
    expected: { old: ['+', 'used', /pulls have not been counted for 24h yet/] },
  },
  {
    title: 'a name keeps',
    rules: [rule('names', { keep: { matching: ['v*', 'latest'] } })],
    tags: { v1: [1], latest: [1], x: [0] },
    expected: {
      v1: ['+', 'names', /matches v\*/],
      latest: ['+', 'names', /matches latest/],
      x: ['-', 'names', /nothing/],
    },
  },
  {
    title: 'dropOlderThan alone drops by age',
    rules: [rule('year', { dropOlderThan: 365 * day })],
    tags: { old: [366], edge: [365], young: [1] },
    expected: {
      old: ['-', 'year', /pushed more than 365d ago$/],
      edge: ['+', 'year', /not old enough/],
      young: ['+', 'year', /not old enough/],
    },
  },
  {
    title: 'dropOlderThan beside keep drops only what is old and not kept',
    rules: [rule('both', { keep: { last: 1 }, dropOlderThan: 10 * day })],
    tags: { first: [20], second: [5], third: [15] },
    expected: {
      first: ['-', 'both', /more than 10d ago and nothing keeps it/],
      third: ['-', 'both', /more than 10d ago/],
      second: ['+', 'both', /last/],
    },
  },
  {
    title: 'what one rule keeps no other rule drops',
    rules: [
      rule('age', { dropOlderThan: day }),
      rule('last', { keep: { last: 1 } }),
      rule('releases', { tags: ['v*'], keep: { matching: ['*'] } }),
    ],
    tags: { v1: [50], a: [10], b: [9] },
    expected: {
      v1: ['+', 'releases', /matches/],
      a: ['-', 'age', /more than 24h/],
      b: ['+', 'last', /last/],
    },
  },
  {
    title: 'a rule keeps only what it covers',
    rules: [
      rule('age', { dropOlderThan: day }),
      rule('prs', { tags: ['pr-*'], keep: { last: 1 } }),
    ],
    tags: { v1: [2], 'pr-1': [2] },
    expected: { v1: ['-', 'age', /./], 'pr-1': ['+', 'prs', /last/] },
  },
  {
    title: 'a rule about untagged manifests covers no tags',
    rules: [rule('untagged', { dropUntaggedAfter: 1 })],
    tags: { old: [1000] },
    expected: { old: ['+', none, /no rule covers it/] },
  },
  {
    title: 'a tag that may not be deleted stays, and counts among the last',
    rules: [rule('one', { keep: { last: 1 } })],
    tags: { v1: [1], b: [2], v0: [3] },
    rest: { immutability: [protect({ tags: ['v*'] }), protect({ name: 'b', tags: ['v0'] })] },
    expected: {
      v1: ['+', 'immutable', /may not be deleted/],
      v0: ['+', 'immutable', /may not be deleted/],
      b: ['-', 'one', /./],
    },
  },
  {
    title: 'immutability elsewhere, or of overwriting alone, keeps nothing',
    rules: [rule('age', { dropOlderThan: day })],
    tags: { v1: [2] },
    rest: { immutability: [protect({ repositories: ['x'] }), protect({ delete: true })] },
    expected: { v1: ['-', 'age', /./] },
  },
]

for (const { title, rules, tags, rest, expected } of rows) {
  t.test(title, async (t) => {
    const timed = Object.entries(tags).map(([name, ages]) => timedTag(name, ages))
    const verdicts = evaluateRetention(caseOf(rules, timed, rest)).tags
    t.strictSame(
      verdicts.map(({ tag }) => `${tag}`),
      Object.keys(tags).sort(),
    )
    for (const { tag, keep, rule, why } of verdicts) {
      const [sign, name, words = /^$/] = expected[tag] ?? []
      t.strictSame([keep, rule ?? none], [sign === '+', name], `${tag}: ${why}`)
      t.match(why, words, tag)
    }
  })
}

t.test('four tags on one manifest are four decisions', async (t) => {
  const tags = Object.entries({ a: 4, b: 3, c: 2, d: 1 }).map(([name, age]) =>
    timedTag(name, [age], 'the same'),
  )
  const { tags: verdicts } = evaluateRetention(caseOf([rule('two', { keep: { last: 2 } })], tags))
  t.strictSame(
    verdicts.map(({ keep }) => keep),
    [false, false, true, true],
  )
})

t.test('a signature stays and goes with the tags on what it signs', async (t) => {
  const nameOf = (content: string, end = '') =>
    digestOf(Buffer.from(content)).replace(':', '-') + end
  const tags = [
    timedTag('old', [9], 'one'),
    timedTag(nameOf('one', '.sig'), [0]),
    timedTag('new', [1], 'two'),
    timedTag('old-name', [8], 'two'),
    timedTag(nameOf('two', '.sig'), [100]),
    timedTag(nameOf('two'), [100]),
    timedTag(nameOf('nothing', '.att'), [100]),
  ]
  const kept = (rules: readonly RetentionRule[]) =>
    evaluateRetention(caseOf(rules, tags)).tags.filter(({ keep }) => keep)
  const last = kept([rule('one', { keep: { last: 1 } })])
  t.strictSame(
    last.map(({ tag }) => `${tag}`).sort(),
    ['new', nameOf('two', '.sig'), nameOf('two'), nameOf('nothing', '.att')].sort(),
    'they are not counted among the last',
  )
  t.match(last.find(({ tag }) => tag === nameOf('two'))?.why, 'it describes new, which stays')
  const held = kept([rule('all', { keep: { matching: ['*.sig'] } })])
  t.ok(
    held.some(({ tag }) => tag === nameOf('one', '.sig')),
    'a clause keeps them, too',
  )
})

t.test('untagged manifests go by the time they have been so', async (t) => {
  const untagged = [13, 14, 15, 100].map((age) => ({
    digest: digestOf(Buffer.from(`${age}`)),
    since: now - age * day,
  }))
  const decide = (rules: readonly RetentionRule[]) => {
    const verdicts = evaluateRetention(caseOf(rules, [], { untagged })).untagged
    return untagged.map(({ digest }) => verdicts.find((verdict) => verdict.digest === digest))
  }
  const fortnight = rule('fortnight', { dropUntaggedAfter: 14 * day })
  t.match(decide([rule('long', { dropUntaggedAfter: 50 * day }), fortnight]), [
    { keep: true, rule: 'long', why: /less time/ },
    { keep: true, rule: 'long' },
    { keep: false, rule: 'fortnight', why: /longer/ },
    { keep: false, rule: 'long' },
  ])
  for (const rules of [[], [rule('tags', { keep: { last: 1 } })]]) {
    t.match(decide(rules), Array(4).fill({ keep: true, rule: undefined, why: /no rule/ }))
  }
  t.ok(decide([{ ...fortnight, repositories: ['other'] }]).every((verdict) => verdict?.keep))
})
