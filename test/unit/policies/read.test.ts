import t from 'tap'
import { readRules } from '../../../src/policies/read.ts'
import type { Policies, PolicyKind } from '../../../src/policies/rules.ts'
import { writeRules } from '../../../src/policies/write.ts'

const day = 86_400_000

function rulesIn<Kind extends PolicyKind>(kind: Kind, written: unknown): Policies[Kind] {
  const read = readRules(kind, written)
  if (read.ok) return read.rules
  throw new Error(read.problems.map(({ message }) => message).join('\n'))
}

const full = {
  name: 'nightlies',
  repositories: ['team/**', 'x'],
  tags: ['nightly-*'],
  keep: { last: 5, pushedWithin: '30d', pulledWithin: '12h', matching: ['v*', 'latest'] },
  dropUntaggedAfter: '14d',
  dropOlderThan: '365d',
}

t.test('retention rules are read into milliseconds, and written as they were', async (t) => {
  const plain = { name: 'plain', repositories: ['**'], keep: { last: 1 } }
  const rules = rulesIn('retention', { rules: [full, plain] })
  t.strictSame(rules, [
    {
      name: 'nightlies',
      repositories: ['team/**', 'x'],
      tags: ['nightly-*'],
      keep: {
        last: 5,
        pushedWithin: 30 * day,
        pulledWithin: day / 2,
        matching: ['v*', 'latest'],
      },
      dropUntaggedAfter: 14 * day,
      dropOlderThan: 365 * day,
    },
    { name: 'plain', repositories: ['**'], tags: ['*'], keep: { last: 1 } },
  ])
  t.strictSame(writeRules('retention', rules), { rules: [full, plain] })
})

t.test(
  'an immutability rule that says no more forbids to overwrite, and lets delete',
  async (t) => {
    const rule = { name: 'releases', repositories: ['**'], tags: ['v*'] }
    const rules = rulesIn('immutability', {
      rules: [rule, { ...rule, name: 'b', delete: false }],
    })
    t.strictSame(rules, [
      { ...rule, overwrite: false, delete: true },
      { ...rule, name: 'b', overwrite: false, delete: false },
    ])
    t.strictSame(rulesIn('immutability', writeRules('immutability', rules)), rules)
  },
)

t.test('a quota is a size or a number of bytes', async (t) => {
  const written = ['10GiB', '1GB', 123, 0, '5000'].map((bytes, n) => ({
    name: `${n}`,
    repositories: ['a'],
    bytes,
  }))
  const rules = rulesIn('quota', { rules: written })
  t.strictSame(
    rules.map(({ bytes }) => bytes),
    [10 * 1024 ** 3, 1e9, 123, 0, 5000],
  )
  t.strictSame(rulesIn('quota', writeRules('quota', rules)), rules)
})

const rule = { name: 'a', repositories: ['**'], keep: { last: 1 } }

const mistakes: readonly (readonly [kind: PolicyKind, written: unknown, messages: RegExp[]])[] = [
  ['retention', [], [/^retention: the document must be an object of fields$/]],
  ['retention', {}, [/^retention: rules is missing$/]],
  ['retention', { rules: 5 }, [/^retention: rules must be a list of up to 200 rules$/]],
  ['retention', { rules: ['x'] }, [/^retention rule 1 must be an object of fields$/]],
  [
    'retention',
    { rules: [{ ...rule, kep: {}, dropOlderThen: '1d' }] },
    [
      /^retention rule "a": kep is no field; did you mean keep\?$/,
      /^retention rule "a": dropOlderThen is no field; did you mean dropOlderThan\?$/,
    ],
  ],
  ['retention', { rules: [rule, {}] }, [/rule 2: name is missing/, /rule 2: repositories is miss/]],
  [
    'retention',
    { rules: [{ ...rule, keep: { last: 0 } }] },
    [/^retention rule "a": keep.last must be a whole number from 1 to 100000$/],
  ],
  ['retention', { rules: [{ ...rule, keep: {} }] }, [/rule "a": keep is empty/]],
  [
    'retention',
    { rules: [{ ...rule, keep: { pushedWithin: '30' } }] },
    [/^retention rule "a": keep.pushedWithin is wrong: "30" has no unit; write 30s, 30m or 30h$/],
  ],
  [
    'retention',
    { rules: [{ ...rule, dropOlderThan: 30 }] },
    [/^retention rule "a": dropOlderThan must be a duration such as 30d$/],
  ],
  ['retention', { rules: [{ ...rule, dropOlderThan: '0' }] }, [/dropOlderThan is wrong: 0 is not/]],
  [
    'retention',
    { rules: [{ ...rule, repositories: ['ok', 'Team'] }] },
    [/^retention rule "a": repositories\[1\] is wrong: "Team" can match no repository/],
  ],
  [
    'retention',
    { rules: [{ ...rule, repositories: 'team/**' }] },
    [/rule "a": repositories must be a list of 1 to 100 patterns such as \["team\/\*\*"\]/],
  ],
  ['retention', { rules: [{ ...rule, tags: [] }] }, [/tags must be a list of 1 to 100 patterns/]],
  ['retention', { rules: [{ ...rule, tags: ['re:x'] }] }, [/tags\[0\] is wrong: "re:x" can match/]],
  [
    'retention',
    { rules: [rule, rule, { name: 'b', repositories: ['**'] }] },
    [
      /^retention rule "a": name is taken by a rule above$/,
      /^retention rule "b" does nothing; give it keep, dropOlderThan or dropUntaggedAfter$/,
    ],
  ],
  [
    'immutability',
    { rules: [{ name: 'a', repositories: ['**'], overwrite: true }] },
    [/^immutability rule "a" forbids nothing; set overwrite or delete to false$/],
  ],
  [
    'immutability',
    { rules: [{ name: 'a', repositories: ['**'], delete: 'no' }] },
    [/^immutability rule "a": delete must be true or false$/],
  ],
  [
    'quota',
    { rules: [{ name: 'a', repositories: ['**'], bytes: '10G' }] },
    [/^quota rule "a": bytes must be a size such as 10GiB or a number of bytes$/],
  ],
  [
    'quota',
    { rules: [{ name: 'a', repositories: ['**'], bytes: -1 }] },
    [/^quota rule "a": bytes must be a size such as 10GiB or a number of bytes$/],
  ],
  [
    'quota',
    { rules: [{ name: 'a', repositories: ['**'] }] },
    [/^quota rule "a": bytes is missing$/],
  ],
]

t.test('every mistake is told once, with the rule, the field and the cure', async (t) => {
  for (const [kind, written, messages] of mistakes) {
    const read = readRules(kind, written)
    const found = read.ok ? [] : read.problems.map(({ message }) => message)
    t.equal(found.length, messages.length, `${JSON.stringify(written)}: ${found.join(' / ')}`)
    for (const [n, message] of messages.entries()) t.match(found[n], message)
  }
})
