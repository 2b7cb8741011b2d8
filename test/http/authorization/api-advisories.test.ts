import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hashSync } from 'bcryptjs'
import t from 'tap'
import { keys } from '../../../config/keys.ts'
import { routes } from '../../../routes/api/table.ts'
import { createPasswords } from '../../../src/services/passwords/create.ts'
import { basicOf, startGuarded } from '../../helpers/access.ts'

const json = { 'content-type': 'application/json' }
const password = 'correct horse battery'

/** Bodies that are right but for what somebody would like to be. */
const bodies: readonly (readonly [method: string, path: string, body: object])[] = [
  ['PATCH', '/me', { oldPassword: 'x', password, admin: true }],
  ['PATCH', '/me', { oldPassword: 'x', password, name: 'root' }],
  ['POST', '/session', { name: 'ann', password: 'x', admin: true }],
  ['POST', '/setup', { code: 'x', name: 'eve', password, admin: true }],
  ['POST', '/tokens', { account: 'ann', name: 'x', admin: true }],
  ['POST', '/tokens', { account: 'ann', name: 'x', robot: true }],
  ['POST', '/tokens', { account: 'ann', name: 'x', secret: `lht_${'x'.repeat(43)}` }],
  [
    'POST',
    '/tokens',
    { name: 'x', scopes: [{ pattern: 'ann/**', actions: ['pull'], admin: true }] },
  ],
  ['POST', '/tokens', { name: 'x', scopes: [{ pattern: 'ann/**', actions: ['root'] }] }],
  ['PUT', '/grants', { grantee: 'ann', pattern: 'ann/**', actions: ['pull'], admin: true }],
  ['PUT', '/grants', { grantee: 'ann', pattern: 'ann/**', actions: ['*'] }],
]

t.test('nobody becomes more by a field that is not asked for', async (t) => {
  const { as, person, tables } = await startGuarded(t)
  const ann = as((await person('ann')).basic)
  for (const [method, path, body] of bodies) {
    const text = JSON.stringify(body)
    const answer = await ann(method, `/api/v1${path}`, { headers: json, body: text })
    t.equal(answer.status, 400, `${path} ${text}`)
    t.equal(answer.json<{ code: string }>().code, 'INVALID_BODY')
  }
  const proto = '{"oldPassword":"x","password":"correct horse battery","__proto__":{"admin":true}}'
  const answer = await ann('PATCH', '/api/v1/me', { headers: json, body: proto })
  t.match(answer.status, /^40[03]$/)
  t.match(await tables.access.account('ann'), { admin: false, kind: 'person' })
  t.same(await tables.access.grants(), [])
})

t.test('no list is filtered or sorted by what it does not show', async (t) => {
  const { as, person } = await startGuarded(t)
  const admin = as((await person('root', { admin: true })).basic)
  const secret = /hash|password|secret|epoch|salt/i
  const lists = routes.filter(({ method, path }) => method === 'GET' && !path.includes('{'))
  t.ok(lists.length > 20)
  for (const { path, query } of lists) {
    const names = Object.keys(query?.properties ?? {})
    t.same(
      names.filter((name) => secret.test(name)),
      [],
      path,
    )
    for (const asked of ['passwordHash=a', 'hash=a', 'secret=a', 'filter=hash', 'where=1']) {
      const answer = await admin('GET', `/api/v1${path}?${asked}`)
      t.equal(answer.status, 400, `${path}?${asked}`)
    }
    for (const column of names.includes('sort')
      ? ['hash', '-password', 'epoch', '1', "name'"]
      : []) {
      const answer = await admin('GET', `/api/v1${path}?repo=a&sort=${column}`)
      t.equal(answer.status, 400, `${path}?sort=${column}`)
    }
  }
})

t.test('a form of another web site signs nobody in', async (t) => {
  const { request } = await startGuarded(t)
  const body = JSON.stringify({ name: 'ann', password })
  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/json',
    'application/jsonx',
    '',
  ]
  for (const type of types) {
    const headers = { 'content-type': type, origin: 'https://evil.example' }
    const answer = await request('POST', '/api/v1/session', { headers, body })
    t.equal(answer.status, 415, type)
    t.notOk('set-cookie' in answer.headers, type)
  }
})

t.test('a user of a file who is called like the administrator is nobody', async (t) => {
  const root = t.testdir({ data: {}, htpasswd: '' })
  const file = join(root, 'htpasswd')
  const own = { root: join(root, 'data') }
  const first = await startGuarded(t, own)
  const passwordHash = await createPasswords().hash(password)
  const admin = {
    name: 'root',
    kind: 'person',
    source: 'local',
    admin: true,
    passwordHash,
  } as const
  await first.tables.access.createAccount(admin)
  await first.stop()
  writeFileSync(file, `root:${hashSync('of the file', 4)}\nRoot:${hashSync('of the file', 4)}\n`)
  const { as, tables } = await startGuarded(t, { ...own, env: { LAYERHOUSE_AUTH_HTPASSWD: file } })
  for (const name of ['root', 'Root', 'ROOT']) {
    const answer = await as(basicOf(name, 'of the file'))('GET', '/v2/')
    t.equal(answer.status, 401, name)
  }
  t.match(await tables.access.account('root'), { source: 'local', admin: true, disabled: false })
  t.equal((await as(basicOf('root', password))('GET', '/v2/')).status, 200)
})

t.test('there is no account at first, and no password that is known', async (t) => {
  const { as, tables } = await startGuarded(t)
  t.same(await tables.access.accounts({ limit: 10 }), [])
  for (const [name, secret] of [
    ['admin', 'admin'],
    ['admin', ''],
    ['operator', 'operator'],
  ] as const) {
    t.equal((await as(basicOf(name, secret))('GET', '/v2/')).status, 401, `${name}:${secret}`)
  }
})

t.test('the configuration, which is printed and logged, holds no secret', async (t) => {
  const suspicious = keys
    .map(({ path }) => path)
    .filter((path) => /pass|secret|token|key/i.test(path))
  // Names of files and times.
  const known = ['tls.key', 'auth.htpasswd', 'auth.htpasswdActions', 'auth.tokenLifetime']
  t.same(suspicious.sort(), [...known, 'auth.keyRotation'].sort())
})
