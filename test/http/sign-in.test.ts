import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hashSync } from 'bcryptjs'
import t from 'tap'
import { createPasswords } from '../../src/services/passwords/create.ts'
import { createSessions } from '../../src/services/sessions/create.ts'
import { basicOf, startGuarded } from '../helpers/access.ts'

const password = 'correct horse battery'
const passwords = createPasswords()

t.test('a name and its password are let in, and nothing else', async (t) => {
  const { tables, as, log } = await startGuarded(t)
  const passwordHash = await passwords.hash(password)
  const person = { kind: 'person', source: 'local', admin: false, passwordHash } as const
  await tables.access.createAccount({ name: 'ann', ...person })
  const status = async (name: string, secret: string) =>
    (await as(basicOf(name, secret))('GET', '/v2/')).status
  t.equal(await status('ann', password), 200)
  t.equal(await status('Ann', password), 200)
  t.equal(await status('ann', `${password}x`), 401)
  t.equal(await status('ann', ''), 401)
  t.equal(await status('nobody', password), 401)
  await tables.access.changeAccount('ann', { disabled: true })
  t.equal(await status('ann', password), 401, 'at once, though it was remembered')
  t.notMatch(JSON.stringify(log), password)
  await sleep(1500)
  const { items } = await tables.activity.page({ limit: 100 })
  const [failed, signedIn] = ['sign-in-failed', 'sign-in'].map((wanted) =>
    items.filter(({ action }) => action === wanted),
  )
  t.match(signedIn, [{ actor: 'ann', client: '127.0.0.1', detail: { credential: 'password' } }])
  t.equal(
    failed?.reduce((sum, { count }) => sum + count, 0),
    4,
  )
  t.notMatch(JSON.stringify(items), /correct horse|nobody/)
})

t.test('many requests with the same password at once cost one hash', async (t) => {
  const { tables, as } = await startGuarded(t)
  const passwordHash = await passwords.hash(password)
  const person = { kind: 'person', source: 'local', admin: false, passwordHash } as const
  await tables.access.createAccount({ name: 'ann', ...person })
  const client = as(basicOf('ann', password))
  const ask = async () => (await client('GET', '/v2/')).status
  const before = performance.now()
  await ask()
  const one = performance.now() - before
  const begin = performance.now()
  const statuses = await Promise.all(Array.from({ length: 40 }, ask))
  t.ok(statuses.every((status) => status === 200))
  t.ok(performance.now() - begin < 40 * one * 0.5, 'they were remembered')
})

t.test('who guesses is answered 429, with how long to wait', async (t) => {
  const { tables, as } = await startGuarded(t, {
    env: { LAYERHOUSE_AUTH_FAILURES_PER_ACCOUNT: '2' },
  })
  const passwordHash = await passwords.hash(password)
  const person = { kind: 'person', source: 'local', admin: false, passwordHash } as const
  await tables.access.createAccount({ name: 'ann', ...person })
  const ask = (secret: string) => as(basicOf('ann', secret))('GET', '/v2/')
  for (const secret of ['guess', 'other']) t.equal((await ask(secret)).status, 401)
  for (const secret of ['third', password]) {
    const answer = await ask(secret)
    t.equal(answer.status, 429)
    const wait = Number(answer.headers['retry-after'])
    t.ok(wait > 0 && wait <= 15 * 60 + 60, `Retry-After: ${wait}`)
  }
})

t.test('a mounted htpasswd file goes on working as with registry:2', async (t) => {
  const root = t.testdir({ data: {}, htpasswd: `dev:${hashSync('testpassword', 5)}\n` })
  const file = join(root, 'htpasswd')
  const { as, tables, log } = await startGuarded(t, {
    root: join(root, 'data'),
    env: {
      LAYERHOUSE_AUTH_MODE: '',
      REGISTRY_AUTH: 'htpasswd',
      REGISTRY_AUTH_HTPASSWD_REALM: 'Registry Realm',
      REGISTRY_AUTH_HTPASSWD_PATH: file,
    },
  })
  const dev = as(basicOf('dev', 'testpassword'))
  t.equal((await as(undefined)('GET', '/v2/')).status, 401)
  t.equal((await dev('GET', '/v2/')).status, 200)
  t.equal((await dev('POST', '/v2/any/where/blobs/uploads/')).status, 202)
  t.equal((await as(basicOf('dev', 'x'))('POST', '/v2/any/where/blobs/uploads/')).status, 401)
  const long = `${'x'.repeat(72)}`
  writeFileSync(file, `long:${hashSync(long, 5)}\nold:{SHA}x\n`)
  const client = as(basicOf('long', long))
  for (let look = 0; look < 100; look++) {
    if ((await tables.access.account('dev'))?.disabled) break
    await sleep(100)
  }
  t.equal((await client('GET', '/v2/')).status, 200)
  t.equal((await dev('GET', '/v2/')).status, 401, 'who is not in it any more')
  t.equal((await as(basicOf('long', `${long}y`))('GET', '/v2/')).status, 401, 'nothing is cut off')
  t.match(log.map(({ msg }) => msg).join('\n'), /htpasswd:2: the password is kept as SHA-1/)
  t.match(await tables.access.account('dev'), { source: 'htpasswd', disabled: true })
  t.match(readFileSync(file, 'utf8'), /^long:/, 'the file is left as it is')
})

t.test('a session of a browser means nothing below /v2/', async (t) => {
  const { tables, as } = await startGuarded(t)
  const passwordHash = await passwords.hash(password)
  const person = { kind: 'person', source: 'local', admin: true, passwordHash } as const
  const account = await tables.access.createAccount({ name: 'ann', ...person })
  const sessions = createSessions({
    secrets: tables.secrets,
    lifetime: 60_000,
    onFailure: (error) => t.fail(String(error)),
  })
  const session = await sessions.create({
    ...{ account, credential: 'password', scopes: undefined, catalog: true },
  })
  const cookie = `layerhouse-session=${session?.secret}; __Host-layerhouse=${session?.secret}`
  const answer = await as(undefined)('GET', '/v2/_catalog', { headers: { cookie } })
  t.equal(answer.status, 401)
  const asBearer = await as(`Bearer ${session?.secret}`)('GET', '/v2/_catalog')
  t.equal(asBearer.status, 401)
  t.equal((await as(basicOf('ann', session?.secret ?? ''))('GET', '/v2/_catalog')).status, 401)
})
