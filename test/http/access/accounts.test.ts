import t from 'tap'
import {
  addUsers,
  grant,
  password,
  refusalOf,
  startGuarded,
  wanted,
} from '../../helpers/accounts.ts'

interface Items<Item> {
  readonly items: readonly Item[]
  readonly next?: string
}

t.test('administrators make, list, change and remove accounts', async (t) => {
  const guarded = await startGuarded(t)
  const { operator, as } = guarded
  const made = await operator('POST', '/users', { name: 'Alice', password })
  t.equal(made.status, 201)
  t.match(made.json(), { name: 'alice', source: 'local', admin: false, disabled: false })
  await addUsers(guarded, 'bob', 'carol')
  const first = (await operator('GET', '/users?limit=2')).json<Items<{ name: string }>>()
  t.same(
    first.items.map(({ name }) => name),
    ['alice', 'bob'],
  )
  const rest = await operator('GET', `/users?limit=2&cursor=${first.next}`)
  t.match(rest.json(), { items: [{ name: 'carol' }] })
  t.match((await operator('GET', '/users?q=aro')).json(), { items: [{ name: 'carol' }] })

  t.equal((await as('bob', password)('GET', '/me')).status, 200)
  await wanted(operator('PATCH', '/users/bob', { disabled: true }))
  t.same(refusalOf(await as('bob', password)('GET', '/me')), [401, 'UNAUTHORIZED'])
  await wanted(operator('PATCH', '/users/bob', { disabled: false, password: 'another password' }))
  t.equal((await as('bob', 'another password')('GET', '/me')).status, 200)
  t.equal((await operator('DELETE', '/users/bob')).status, 204)
  t.same(refusalOf(await operator('GET', '/users/bob')), [404, 'NOT_FOUND'])
})

const wrong: readonly (readonly [body: object, status: number, code: string])[] = [
  [{ name: 'alice' }, 400, 'INVALID_BODY'],
  [{ name: 'a b', password }, 400, 'INVALID_BODY'],
  [{ name: 'operator', password }, 400, 'INVALID_BODY'],
  [{ name: 'alice', password: 'short' }, 400, 'INVALID_BODY'],
  [{ name: 'alice', password, role: 'admin' }, 400, 'INVALID_BODY'],
  [{ name: 'bob', password }, 409, 'CONFLICT'],
]

t.test('an account that can not be made is refused', async (t) => {
  const guarded = await startGuarded(t)
  await addUsers(guarded, 'bob')
  for (const [body, status, code] of wrong) {
    const answer = await guarded.operator('POST', '/users', body)
    t.same(refusalOf(answer), [status, code], JSON.stringify(body))
  }
})

t.test('the last administrator can not be removed, disabled or demoted', async (t) => {
  const { operator, as } = await startGuarded(t)
  await wanted(operator('POST', '/users', { name: 'root', password, admin: true }))
  const root = as('root', password)
  const ways = [
    ['DELETE', '/users/root', undefined],
    ['PATCH', '/users/root', { disabled: true }],
    ['PATCH', '/users/root', { admin: false }],
  ] as const
  for (const ask of [operator, root]) {
    for (const [method, path, body] of ways) {
      t.same(refusalOf(await ask(method, path, body)), [409, 'CONFLICT'], `${method} ${path}`)
    }
  }
  await wanted(operator('POST', '/users', { name: 'second', password, admin: true }))
  t.equal((await operator('PATCH', '/users/root', { admin: false })).status, 200)
})

t.test("a password of one's own is changed by who knows the old one", async (t) => {
  const guarded = await startGuarded(t)
  const { as, operator } = guarded
  await addUsers(guarded, 'alice')
  const next = 'a new long password'
  const alice = as('alice', password)
  const made = await alice('POST', '/tokens', { account: 'alice', name: 'laptop' })
  const { secret } = made.json<{ secret: string }>()
  const change = { oldPassword: password, password: next }
  t.same(refusalOf(await as('alice', secret)('PATCH', '/me', change)), [403, 'DENIED'])
  const guess = { oldPassword: 'not the password', password: next }
  t.same(refusalOf(await alice('PATCH', '/me', guess)), [403, 'DENIED'])
  const byToken = { oldPassword: secret, password: next }
  t.same(refusalOf(await alice('PATCH', '/me', byToken)), [403, 'DENIED'])
  t.equal((await alice('PATCH', '/me', change)).status, 204)
  t.equal((await as('alice', next)('GET', '/me')).status, 200)
  t.same(refusalOf(await as('alice', password)('GET', '/me')), [401, 'UNAUTHORIZED'])
  await wanted(operator('PATCH', '/users/alice', { admin: true }))
  const own = await as('alice', next)('PATCH', '/users/alice', { password })
  t.same(refusalOf(own), [403, 'DENIED'], 'not around the old one')
})

t.test('groups have members, and end with the last one', async (t) => {
  const guarded = await startGuarded(t)
  const { operator } = guarded
  await addUsers(guarded, 'alice')
  await wanted(operator('PUT', '/groups/@devs/members/alice'))
  t.same((await operator('GET', '/groups')).json(), {
    items: [{ name: 'devs', members: ['alice'] }],
  })
  t.same(refusalOf(await operator('PUT', '/groups/devs/members/bob')), [404, 'NOT_FOUND'])
  t.same(refusalOf(await operator('PUT', '/groups/alice/members/alice')), [409, 'CONFLICT'])
  t.equal((await operator('DELETE', '/groups/devs/members/alice')).status, 204)
  t.same(refusalOf(await operator('DELETE', '/groups/devs/members/alice')), [404, 'NOT_FOUND'])
  t.same((await operator('GET', '/groups')).json(), { items: [] })
  await grant(guarded, '@ops', ['pull'], 'team/**')
  t.equal((await operator('DELETE', '/groups/ops')).status, 204)
  t.same((await operator('GET', '/grants')).json(), { items: [] })
})

t.test('users of an htpasswd file become accounts', async (t) => {
  const { operator } = await startGuarded(t)
  const hash = `$2y$05$${'a'.repeat(53)}`
  const htpasswd = `alice:${hash}\n# nobody\nbob:{SHA}xyz\n`
  const answer = await operator('POST', '/users/import', { htpasswd })
  t.match(answer.json(), { created: ['alice'], taken: [], problems: [{ line: 3 }] })
  t.notMatch(answer.text, /aaaa/)
})

t.test('a browser signs in, is known by its cookie, and signs out', async (t) => {
  const guarded = await startGuarded(t)
  const { nobody, registry } = guarded
  await addUsers(guarded, 'alice')
  const refused = await nobody('POST', '/session', { name: 'alice', password: 'wrong' })
  t.same(refusalOf(refused), [403, 'WRONG_PASSWORD'])
  const unknown = await nobody('POST', '/session', { name: 'nobody', password: 'wrong' })
  t.same(refusalOf(unknown), refusalOf(refused), 'that there is no such account is not told')
  const made = await nobody('POST', '/session', { name: 'alice', password })
  t.equal(made.status, 201)
  t.equal(made.headers['cache-control'], 'no-store')
  const [cookie = ''] = made.headers['set-cookie'] ?? []
  t.match(cookie, /^layerhouse-session=lhs_.*HttpOnly; SameSite=Strict$/)
  t.notMatch(made.text, /lhs_/)
  const headers = { cookie: cookie.split(';')[0] }
  const known = await registry.request('GET', '/api/v1/session', { headers })
  t.match(known.json(), { signedIn: true, name: 'alice', admin: false })
  t.match((await nobody('GET', '/session')).json(), { signedIn: false })
  const forged = await registry.request('DELETE', '/api/v1/session', { headers })
  t.same(refusalOf(forged), [403, 'CROSS_SITE'], 'the page has to say that it was asked')
  const { csrfToken } = known.json() as { readonly csrfToken: string }
  const proof = { ...headers, 'x-csrf-token': csrfToken }
  const ended = await registry.request('DELETE', '/api/v1/session', { headers: proof })
  t.equal(ended.status, 204)
  t.match((ended.headers['set-cookie'] ?? [])[0], /Max-Age=0/)
  const after = await registry.request('GET', '/api/v1/session', { headers })
  t.same(after.json(), { signedIn: false })
})

t.test('the set-up is closed where no code was given out', async (t) => {
  const { nobody } = await startGuarded(t)
  const body = { code: 'AAAAA-AAAAA-AAAAA-AAAAA', name: 'root', password }
  t.same(refusalOf(await nobody('POST', '/setup', body)), [409, 'CONFLICT'])
})
