import t from 'tap'
import {
  type Ask,
  addUsers,
  grant,
  password,
  refusalOf,
  startGuarded,
  wanted,
} from '../../helpers/accounts.ts'
import type { ProblemDocument } from '../../helpers/api.ts'

interface Items<Item> {
  readonly items: readonly Item[]
}

interface Grant {
  readonly grantee: string
  readonly pattern: string
}

const day = 86_400_000

async function patternsOf(ask: Ask): Promise<readonly string[]> {
  const { items } = (await wanted(ask('GET', '/grants'))).json<Items<Grant>>()
  return items.map(({ grantee, pattern }) => `${grantee} ${pattern}`)
}

t.test('nobody gives more than is theirs to give', async (t) => {
  const guarded = await startGuarded(t)
  await addUsers(guarded, 'lead', 'dev')
  await grant(guarded, 'lead', ['admin'], 'team/**')
  await grant(guarded, 'lead', ['pull'], 'team/secret/**')
  await grant(guarded, 'dev', ['pull', 'push'], 'team/**')
  const lead = guarded.as('lead', password)
  const dev = guarded.as('dev', password)
  const put = (ask: Ask, grantee: string, pattern: string, actions = ['pull']) =>
    ask('PUT', '/grants', { grantee, pattern, actions })
  t.equal((await put(lead, 'dev', 'team/app', ['delete'])).status, 204)
  t.equal((await put(lead, 'dev', 'lead/shared')).status, 204, 'in the namespace of their name')
  for (const pattern of ['**', 'other/**', '*/app', 'team/**', 'team/secret/**', 'team/secret/a']) {
    const answer = await put(lead, 'lead', pattern, ['admin'])
    t.same(refusalOf(answer), [403, 'DENIED'], pattern)
    t.match(answer.json<ProblemDocument>().detail, /the right "admin" on all of it is wanted/)
  }
  t.same(refusalOf(await put(dev, 'dev', 'team/app', ['admin'])), [403, 'DENIED'])
  t.same(refusalOf(await dev('PATCH', '/users/dev', { admin: true })), [403, 'DENIED'])
  t.same(refusalOf(await dev('PUT', '/groups/devs/members/dev')), [403, 'DENIED'])
  const revoke = '/grants?grantee=lead&pattern=team/secret/**'
  t.same(refusalOf(await lead('DELETE', revoke)), [403, 'DENIED'], 'what takes away stays')
  t.same(refusalOf(await put(lead, '@new', 'team/app')), [404, 'NOT_FOUND'], 'no new groups')
  t.same(await patternsOf(dev), ['dev lead/shared', 'dev team/**', 'dev team/app'])
  t.equal((await guarded.operator('DELETE', '/grants?grantee=dev&pattern=team/**')).status, 204)
  t.same(refusalOf(await guarded.operator('DELETE', '/grants?grantee=dev&pattern=team/**')), [
    404,
    'NOT_FOUND',
  ])
})

t.test('a grant that can not be meant is refused', async (t) => {
  const { operator } = await startGuarded(t)
  const wrong: readonly (readonly [grantee: string, pattern: string, actions: string[], number])[] =
    [
      ['alice', 'team/**', ['pull'], 404],
      ['a b', 'team/**', ['pull'], 400],
      ['users', 'Team/**', ['pull'], 400],
      ['users', 'team/**x', ['pull'], 400],
      ['users', 'team/**', ['read'], 400],
      ['anonymous', 'team/**', ['push'], 400],
    ]
  for (const [grantee, pattern, actions, status] of wrong) {
    const answer = await operator('PUT', '/grants', { grantee, pattern, actions })
    t.equal(answer.status, status, JSON.stringify([grantee, pattern, actions]))
  }
})

t.test('people ask about themselves, and administrators about everybody', async (t) => {
  const guarded = await startGuarded(t)
  await addUsers(guarded, 'alice', 'bob')
  await grant(guarded, 'alice', ['pull'], 'team/**')
  const path = (user: string, action: string) =>
    `/access?user=${user}&action=${action}&repo=team/app`
  const alice = guarded.as('alice', password)
  t.match((await alice('GET', path('alice', 'pull'))).json(), {
    allowed: true,
    rule: 'team/** grants pull to alice',
  })
  t.match((await alice('GET', path('alice', 'push'))).json(), { allowed: false })
  for (const user of ['bob', 'not-there']) {
    t.same(refusalOf(await alice('GET', path(user, 'pull'))), [403, 'DENIED'], user)
  }
  const { operator } = guarded
  t.match((await operator('GET', path('bob', 'pull'))).json(), { allowed: false })
  t.match((await operator('GET', path('anonymous', 'pull'))).json(), { allowed: false })
  t.same(refusalOf(await operator('GET', path('not-there', 'pull'))), [404, 'NOT_FOUND'])
  t.match((await alice('GET', '/me')).json(), {
    name: 'alice',
    credential: 'password',
    admin: false,
    grants: [{ grantee: 'alice', pattern: 'team/**', actions: ['pull'] }],
  })
})

t.test('a robot has what its token says, is renewed with an overlap, and ends', async (t) => {
  const { operator, as } = await startGuarded(t)
  const scopes = [{ pattern: 'team/**', actions: ['pull', 'push'] }]
  const expiresAt = new Date(Date.now() + 90 * day).toISOString()
  const made = await operator('POST', '/tokens', { name: 'ci', scopes, expiresAt })
  t.equal(made.status, 201)
  t.equal(made.headers['cache-control'], 'no-store')
  t.match(made.json(), { account: 'ci', name: 'ci', robot: true, scopes, expiresAt })
  const { secret } = made.json<{ secret: string }>()
  t.match(secret, /^lht_[\w-]{43}$/)
  t.equal((await as('ci', secret)('GET', '/me')).status, 200)
  t.notMatch((await operator('GET', '/tokens')).text, /lht_|secret/)
  const rotated = await operator('POST', '/tokens/ci/ci/rotate', { overlap: 3600 })
  const second = rotated.json<{ secret: string; expiresAt: string }>()
  t.equal(second.expiresAt, expiresAt, 'it ends when the one before would')
  for (const each of [secret, second.secret]) {
    t.equal((await as('ci', each)('GET', '/me')).status, 200)
  }
  const third = (await operator('POST', '/tokens/ci/ci/rotate', {})).json<{ secret: string }>()
  t.same(refusalOf(await as('ci', second.secret)('GET', '/me')), [401, 'UNAUTHORIZED'])
  t.equal((await as('ci', third.secret)('GET', '/me')).status, 200)
  t.same(refusalOf(await as('ci', third.secret)('POST', '/tokens', { name: 'x', scopes })), [
    403,
    'DENIED',
  ])
  t.equal((await operator('DELETE', '/tokens/ci/ci')).status, 204)
  t.same(refusalOf(await as('ci', third.secret)('GET', '/me')), [401, 'UNAUTHORIZED'])
})

t.test('tokens of others are as if they were not there', async (t) => {
  const guarded = await startGuarded(t)
  await addUsers(guarded, 'alice', 'bob', 'lead')
  await grant(guarded, 'lead', ['admin'], 'team/**')
  const [alice, bob, lead] = ['alice', 'bob', 'lead'].map((name) => guarded.as(name, password)) as [
    Ask,
    Ask,
    Ask,
  ]
  const laptop = { account: 'alice', name: 'laptop' }
  const made = await wanted(alice('POST', '/tokens', laptop))
  const { secret } = made.json<{ secret: string }>()
  t.same(refusalOf(await alice('POST', '/tokens', laptop)), [409, 'CONFLICT'])
  const byToken = guarded.as('alice', secret)
  t.same(refusalOf(await byToken('POST', '/tokens', { ...laptop, name: 'more' })), [403, 'DENIED'])
  t.same(refusalOf(await byToken('POST', '/tokens/alice/laptop/rotate', {})), [403, 'DENIED'])
  for (const account of ['alice', 'not-there']) {
    const wish = { account, name: 'mine' }
    t.same(refusalOf(await bob('POST', '/tokens', wish)), [403, 'DENIED'], account)
  }
  for (const name of ['laptop', 'not-there']) {
    const path = `/tokens/alice/${name}`
    t.same(refusalOf(await bob('POST', `${path}/rotate`, {})), [404, 'NOT_FOUND'])
    t.same(refusalOf(await bob('DELETE', path)), [404, 'NOT_FOUND'])
  }
  t.same((await bob('GET', '/tokens?account=alice')).json(), { items: [] })

  const scopes = [{ pattern: 'team/app', actions: ['pull', 'push'] }]
  await wanted(lead('POST', '/tokens', { name: 'team-ci', scopes }))
  const beyond = [...scopes, { pattern: 'other/app', actions: ['pull'] }]
  t.same(refusalOf(await lead('POST', '/tokens', { name: 'x', scopes: beyond })), [403, 'DENIED'])
  t.same(refusalOf(await bob('POST', '/tokens', { name: 'x', scopes })), [403, 'DENIED'])
  t.same(refusalOf(await bob('DELETE', '/tokens/team-ci/team-ci')), [404, 'NOT_FOUND'])
  t.equal((await lead('DELETE', '/tokens/team-ci/team-ci')).status, 204)
  t.equal((await alice('DELETE', '/tokens/alice/laptop')).status, 204)
})

t.test('a token that can not be meant is refused', async (t) => {
  const { operator } = await startGuarded(t)
  const scopes = [{ pattern: 'team/**', actions: ['pull'] }]
  const at = (days: number) => new Date(Date.now() + days * day).toISOString()
  for (const body of [
    { name: 'ci' },
    { name: 'ci', scopes: [] },
    { name: 'c$i', scopes },
    { name: 'ci', scopes: [{ pattern: 'Team', actions: ['pull'] }] },
    { name: 'ci', scopes: [{ pattern: 'team/**', actions: [] }] },
    { name: 'ci', scopes, expiresAt: at(-1) },
    { name: 'ci', scopes, expiresAt: at(5000) },
    { name: 'ci', scopes, secret: 'mine' },
  ]) {
    const answer = await operator('POST', '/tokens', body)
    t.same(refusalOf(answer), [400, 'INVALID_BODY'], JSON.stringify(body))
  }
})

t.test('where nobody has to sign in nobody makes accounts for later', async (t) => {
  const { nobody, operator } = await startGuarded(t, { LAYERHOUSE_AUTH_MODE: 'none' })
  t.equal((await nobody('GET', '/storage/summary')).status, 200)
  for (const [method, path, body] of [
    ['POST', '/users', { name: 'root', password, admin: true }],
    ['GET', '/users', undefined],
    ['PUT', '/grants', { grantee: 'users', pattern: '**', actions: ['admin'] }],
    ['POST', '/tokens', { name: 'ci', scopes: [{ pattern: '**', actions: ['pull'] }] }],
    ['POST', '/session', { name: 'root', password }],
  ] as const) {
    const answer = await nobody(method, path, body)
    t.ok([403, 409].includes(answer.status), `${method} ${path} ${answer.status}`)
  }
  t.equal((await operator('POST', '/users', { name: 'root', password })).status, 201)
})
