import t from 'tap'
import { type Action, actions } from '../../../src/access/actions.ts'
import { createRights, openRights } from '../../../src/access/decide.ts'
import { anonymous, type Identity } from '../../../src/access/identity.ts'
import { account, book, closed, grant, signedIn } from './book.ts'

const alice = account(1, 'alice')
const bob = account(2, 'bob')
const root = account(3, 'root', { admin: true })
const ci = account(4, 'ci', { kind: 'robot', admin: true })
const off = account(5, 'off', { disabled: true })
const passwd = account(6, 'pat', { source: 'htpasswd' })
const mail = account(7, 'me@example.org')

const rights = createRights(
  book(
    [alice, bob, root, ci, off, passwd, mail],
    [
      grant('@devs', 'team/**', 'pull'),
      grant('alice', 'team/**', 'push'),
      grant('alice', 'team/app', 'pull', 'push', 'overwrite'),
      grant('alice', 'team/secret/**'),
      grant('users', 'shared/*', 'pull'),
      grant('@leads', 'lead/**', 'admin'),
      grant('alice', 'alice/fixed', 'pull'),
      grant('anonymous', 'public/**', 'pull', 'push'),
      grant('anonymous', 'public/hidden/**'),
      grant('alice', 'public/alice'),
      grant('ci', '**', 'admin'),
      grant('off', '**', 'admin'),
    ],
    { devs: ['alice', 'pat'], leads: ['bob'], ghosts: ['ci', 'nobody'] },
  ),
  { anonymousPull: ['open/**', 'public/**'], htpasswdActions: ['pull', 'push'] },
)

const token = (who = alice, ...scopes: NonNullable<Identity['scopes']>) => signedIn(who, scopes)
const operator: Identity = { ...anonymous, credential: 'operator' }

/** Who, on which repository, which actions, and the rule that says so. */
const cases: readonly (readonly [Identity, string, string, RegExp | string])[] = [
  [
    signedIn(alice),
    'team/x',
    'pull,push',
    /^team\/\*\* grants push to alice and grants pull to group devs$/,
  ],
  [
    signedIn(alice),
    'team/app',
    'pull,push,overwrite',
    'team/app grants pull, push, overwrite to alice',
  ],
  [signedIn(alice), 'team/secret/x', '', 'team/secret/** grants nothing to alice'],
  [signedIn(alice), 'team', '', 'no grant matches'],
  [signedIn(alice), 'shared/x', 'pull', 'shared/* grants pull to everybody who has signed in'],
  [signedIn(alice), 'shared/x/y', '', 'no grant matches'],
  [signedIn(alice), 'alice/x', 'all', 'alice/** is the namespace of alice'],
  [signedIn(alice), 'alice', '', 'no grant matches'],
  [signedIn(alice), 'alice/fixed', 'pull', 'alice/fixed grants pull to alice'],
  [signedIn(alice), 'bob/x', '', 'no grant matches'],
  [signedIn(alice), 'public/x', 'pull', /./],
  [signedIn(alice), 'public/alice', 'pull', /./],
  [signedIn(alice), 'public/hidden/x', '', 'no grant matches'],
  [signedIn(bob), 'lead/x', 'all', 'lead/** grants admin to group leads'],
  [signedIn(bob), 'team/x', '', 'no grant matches'],
  [signedIn(root), 'any/thing', 'all', 'root is an administrator'],
  [signedIn(off), 'shared/x', '', 'the account off is disabled'],
  [signedIn(off), 'public/x', '', 'the account off is disabled'],
  [signedIn(account(99, 'gone', { admin: true })), 'public/x', '', 'the account is no more'],
  [signedIn(passwd), 'else/x', 'pull,push', /^\*\* grants pull, push to users of auth\.htpasswd/],
  [signedIn(passwd), 'team/x', 'pull', 'team/** grants pull to group devs'],
  [signedIn(passwd), 'pat/x', 'all', 'pat/** is the namespace of pat'],
  [signedIn(mail), 'me@example.org/x', '', 'no grant matches'],
  [
    anonymous,
    'public/x',
    'pull',
    'public/** grants pull to everybody and is in auth.anonymousPull',
  ],
  [anonymous, 'open/x', 'pull', 'open/** is in auth.anonymousPull'],
  [anonymous, 'public/hidden/x', '', 'public/hidden/** grants nothing to everybody'],
  [anonymous, 'shared/x', '', 'no grant matches'],
  [operator, 'any/thing', 'all', 'the operator may do everything'],
  [token(alice, { pattern: 'team/**', actions: ['pull', 'delete'] }), 'team/x', 'pull', /./],
  [token(alice, { pattern: 'team/x', actions: ['admin'] }), 'team/x', 'pull,push', /./],
  [
    token(alice, { pattern: 'other/**', actions: ['pull'] }),
    'team/x',
    '',
    'what was signed in with is limited to pull on other/**',
  ],
  [token(alice), 'team/x', '', 'what was signed in with is limited to no repository'],
  [token(alice), 'public/x', 'pull', /./],
  [token(root, { pattern: 'a/*', actions: ['push'] }), 'a/b', 'push', /./],
  [token(root, { pattern: 'a/*', actions: ['push'] }), 'a/b/c', '', /limited to push on a\/\*/],
  [
    token(ci, { pattern: 'a/**', actions: ['pull'] }, { pattern: 'a/b', actions: ['push'] }),
    'a/b',
    'pull,push',
    /./,
  ],
  [token(ci, { pattern: 'a/**', actions: ['pull'] }), 'shared/x', '', /limited to pull on a/],
  [token(ci, { pattern: 'a/**', actions: ['pull'] }), 'ci/x', '', /limited to/],
  [token(ci, { pattern: 'a/**', actions: ['pull'] }), 'public/x', 'pull', /./],
  [signedIn(ci), 'a/x', '', 'ci is a robot without a token'],
  [{ ...anonymous, credential: 'bearer', scopes: [] }, 'public/x', 'pull', /./],
  [
    { ...anonymous, credential: 'bearer', scopes: [{ pattern: 'team/x', actions: ['pull'] }] },
    'team/x',
    '',
    /./,
  ],
]

t.test('a decision and the rule that made it', async (t) => {
  for (const [identity, repository, allowed, rule] of cases) {
    const { account: who, credential } = identity
    const title = `${who?.name ?? credential} on ${repository}`
    const expected: readonly string[] = allowed === 'all' ? actions : allowed.split(',')
    for (const action of actions) {
      const decision = rights.decide(identity, action, repository)
      t.equal(decision.allowed, expected.includes(action), `${title}: ${action}`)
    }
    const telling = (expected[0] || 'pull') as Action
    t.match(rights.decide(identity, telling, repository).rule, rule, title)
  }
})

t.test('a denial names what decided, not what everybody may', async (t) => {
  const denied = rights.decide(signedIn(alice), 'push', 'public/alice')
  t.strictSame(denied, { allowed: false, rule: 'public/alice grants nothing to alice' })
})

t.test('many scopes are named in brief', async (t) => {
  const scopes = Array.from({ length: 9 }, (_, at) => ({ pattern: `a/${at}`, actions: [] }))
  const { rule } = rights.decide(signedIn(alice, scopes), 'pull', 'team/x')
  t.match(rule, /limited to nothing on a\/0; .*a\/4 and 4 more$/)
})

t.test('the registry is run by administrators with nothing that limits them', async (t) => {
  const admins: readonly (readonly [Identity, boolean])[] = [
    [signedIn(root), true],
    [operator, true],
    [signedIn(alice), false],
    [token(root, { pattern: '**', actions: ['admin'] }), false],
    [signedIn(ci), false],
    [signedIn(account(5, 'off', { admin: true })), false],
    [signedIn(account(1, 'alice', { admin: true })), false],
    [signedIn(account(99, 'gone', { admin: true })), false],
    [anonymous, false],
  ]
  for (const [identity, expected] of admins) {
    t.equal(rights.isAdmin(identity), expected, identity.account?.name ?? identity.credential)
  }
  const disabled = createRights(
    book([account(3, 'root', { admin: true, disabled: true })], []),
    closed,
  )
  t.equal(disabled.isAdmin(signedIn(root)), false, 'as the account is now')
})

t.test('rights are given on what admin covers as a whole', async (t) => {
  const lead = account(1, 'lead')
  const { mayGrant } = createRights(
    book(
      [lead, root, ci],
      [
        grant('lead', 'team/**', 'admin'),
        grant('lead', 'team/secret/**', 'pull'),
        grant('users', '*/app', 'admin'),
        grant('lead', 'other/**', 'pull', 'push'),
      ],
    ),
    { anonymousPull: ['**'], htpasswdActions: [] },
  )
  const answers: readonly (readonly [string, boolean])[] = [
    ['team/x', true],
    ['team/x/**', true],
    ['team/a*', true],
    ['team/*', false],
    ['team/**', false],
    ['team/secret/**', false],
    ['team/secret/x', false],
    ['team/s*/**', false],
    ['lead/**', true],
    ['lead/x', true],
    ['lead', false],
    ['*/app', false],
    ['x/app', true],
    ['other/app', false],
    ['**', false],
    ['*', false],
  ]
  for (const [pattern, expected] of answers) {
    t.equal(mayGrant(signedIn(lead), pattern).allowed, expected, pattern)
  }
  t.match(mayGrant(signedIn(lead), '**').rule, /team\/secret\/\*\* grants pull to lead/)
  t.match(mayGrant(signedIn(lead), 'z/z').rule, /no grant of admin covers z\/z/)
  const scoped = (pattern: string) => signedIn(lead, [{ pattern, actions: ['admin'] }])
  t.equal(mayGrant(scoped('team/x/**'), 'team/x/y').allowed, true)
  t.equal(mayGrant(scoped('team/x/*'), 'team/x/**').allowed, false)
  t.match(mayGrant(scoped('team/y'), 'team/x').rule, /limited to admin on team\/y/)
  t.equal(mayGrant(signedIn(root), '**').allowed, true)
  t.equal(mayGrant(operator, '**').allowed, true)
  t.equal(mayGrant(anonymous, 'open/x').allowed, false)
  t.equal(mayGrant(signedIn(account(9, 'gone')), 'gone/x').allowed, false)
  t.equal(mayGrant(token(ci, { pattern: 'a/**', actions: ['push'] }), 'a/b').allowed, false)
  t.equal(mayGrant(token(ci, { pattern: 'a/**', actions: ['admin'] }), 'a/b').allowed, true)
})

t.test('without sign-in whoever comes may do everything', async (t) => {
  t.equal(openRights.decide(anonymous, 'delete', 'a').allowed, true)
  t.equal(openRights.isAdmin(anonymous), true)
  t.equal(openRights.visible(anonymous).all, true)
  t.equal(openRights.mayGrant(anonymous, '**').allowed, true)
})

t.test('more accounts than are kept ready are decided all the same', async (t) => {
  const many = Array.from({ length: 2100 }, (_, id) => account(id, `u${id}`))
  const { decide } = createRights(book(many, []), closed)
  const wrong = [...many, ...many].filter(
    (who) => !decide(signedIn(who), 'push', `${who.name}/x`).allowed,
  )
  t.strictSame(wrong, [])
})
