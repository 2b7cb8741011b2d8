import t from 'tap'
import { parseActions, writeActions } from '../../../src/access/actions.ts'
import { grantProblem } from '../../../src/access/grants.ts'
import {
  nameProblem,
  normalName,
  parseGrantee,
  reservedNames,
  writeGrantee,
} from '../../../src/access/names.ts'
import { grant } from './book.ts'

t.test('names are those of the grammar and not reserved', async (t) => {
  for (const name of ['a', '0', 'alice', 'a.b_c-d+e@f', 'ci-build', 'a'.repeat(64)]) {
    t.equal(nameProblem(name), undefined, name)
  }
  const wrong = ['', 'Alice', '-a', '.a', '@devs', 'a b', 'a$b', 'a/b', 'a*', 'é', 'a'.repeat(65)]
  for (const name of wrong) t.match(nameProblem(name), /can be no name/, name)
  for (const name of reservedNames) t.match(nameProblem(name), /reserved/, name)
  t.match(nameProblem('a\n'), /can be no name/)
  t.ok((nameProblem('x'.repeat(10_000)) ?? '').length < 300, 'what is wrong is told briefly')
})

t.test('names are lower case however they are typed', async (t) => {
  t.equal(normalName('Alice@Example.ORG'), 'alice@example.org')
})

t.test('grantees are read as they are written', async (t) => {
  const cases = {
    alice: { kind: 'account', name: 'alice' },
    '@devs': { kind: 'group', name: 'devs' },
    users: { kind: 'users' },
    anonymous: { kind: 'anonymous' },
  } as const
  for (const [text, grantee] of Object.entries(cases)) {
    t.strictSame(parseGrantee(text), { grantee })
    t.strictSame(parseGrantee(text.toUpperCase()), { grantee })
    t.equal(writeGrantee(grantee), text)
  }
  for (const text of ['', '@', '@@devs', 'operator', '@users', '@anonymous', 'a b']) {
    t.type(parseGrantee(text).problem, 'string', text)
    t.equal(parseGrantee(text).grantee, undefined, text)
  }
})

t.test('lists of actions', async (t) => {
  const good = {
    pull: ['pull'],
    'push,pull': ['pull', 'push'],
    'pull,pull': ['pull'],
    ' Pull , DELETE ': ['pull', 'delete'],
    'admin,overwrite': ['overwrite', 'admin'],
    none: [],
  }
  for (const [text, actions] of Object.entries(good)) {
    t.strictSame(parseActions(text), { actions }, text)
  }
  t.equal(writeActions(['pull', 'push']), 'pull,push')
  t.equal(writeActions([]), 'none')
  const bad = {
    '': /"" is no action; there are pull, push, overwrite, delete, admin, or none alone/,
    'pull,': /"" is no action/,
    'pull,none': /stands alone/,
    'pull push': /"pull push" is no action/,
    '*': /is no action/,
  }
  for (const [text, problem] of Object.entries(bad)) {
    t.match(parseActions(text).problem, problem, text)
    t.equal(parseActions(text).actions, undefined, text)
  }
})

t.test('who has not signed in can be granted pull alone', async (t) => {
  t.equal(grantProblem(grant('anonymous', 'public/**', 'pull')), undefined)
  t.equal(grantProblem(grant('anonymous', 'public/**')), undefined)
  t.match(grantProblem(grant('anonymous', 'public/**', 'pull', 'push')), /not push/)
  t.match(grantProblem(grant('anonymous', 'public/**', 'admin')), /not admin/)
  t.equal(grantProblem(grant('users', '**', 'push', 'admin')), undefined)
  t.match(grantProblem(grant('alice', 'a//b', 'pull')), /the pattern "a\/\/b" has an empty part/)
  t.match(grantProblem(grant('alice', 'Team/**', 'pull')), /can match no repository/)
})
