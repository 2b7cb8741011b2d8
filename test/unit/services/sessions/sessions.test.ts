import { join } from 'node:path'
import t, { type Test } from 'tap'
import { anonymous, type Identity } from '../../../../src/access/identity.ts'
import { createSessions } from '../../../../src/services/sessions/create.ts'
import { secretHash } from '../../../../src/services/sign-in/token-text.ts'
import { openSqlite } from '../../../../storage/metadata/sqlite/open.ts'

const hour = 3_600_000

async function create(t: Test) {
  const time = { now: 1_700_000_000_000 }
  const file = join(t.testdir(), 'metadata.db')
  const store = openSqlite({ file, now: () => time.now })
  t.teardown(() => store.close())
  const { access, secrets } = store
  const account = await access.createAccount({
    name: 'ann',
    kind: 'person',
    source: 'local',
    admin: false,
    passwordHash: 'hash',
  })
  const identity: Identity = { account, credential: 'password', scopes: undefined, catalog: true }
  const writes: Promise<void>[] = []
  const sessions = createSessions({
    secrets: {
      ...secrets,
      used(uses) {
        const written = secrets.used(uses)
        writes.push(written)
        return written
      },
    },
    lifetime: 12 * hour,
    onFailure: (error) => t.fail(String(error)),
    now: () => time.now,
  })
  const open = async (of = identity) => {
    const session = await sessions.create(of)
    if (!session) throw new Error('no session was made')
    return session
  }
  /** With what that writes, for which no request waits. */
  const find = async (secret: string) => {
    const found = await sessions.find(secret)
    await Promise.all(writes)
    return found
  }
  return { time, access, secrets, sessions, find, identity, writes, open }
}

t.test('a session is found by its secret, which is kept nowhere', async (t) => {
  const { sessions, open, secrets, identity, time } = await create(t)
  const { secret, csrfToken, endsAt } = await open()
  t.match(secret, /^lhs_[A-Za-z0-9_-]{43}$/)
  t.equal(endsAt, time.now + 12 * hour)
  t.not((await open()).secret, secret)
  t.match(await sessions.find(secret), {
    identity: { account: { id: identity.account?.id }, credential: 'session' },
    csrfToken,
    endsAt,
  })
  t.equal(await secrets.find(secret), undefined)
  t.match(await secrets.find(secretHash(secret)), { kind: 'session' })
  for (const other of ['', 'x', `${secret}x`, secret.replace('lhs_', 'lht_'), secretHash(secret)]) {
    t.equal(await sessions.find(other), undefined)
  }
})

t.test('it ends half an hour after its last use', async (t) => {
  const { find, open, time } = await create(t)
  const { secret } = await open()
  for (let use = 0; use < 5; use++) {
    time.now += 29 * 60_000
    t.ok(await find(secret), `use ${use}`)
  }
  time.now += 30 * 60_000
  t.equal(await find(secret), undefined)
})

t.test('it ends after its lifetime however much it is used', async (t) => {
  const { find, open, time } = await create(t)
  const { secret, endsAt } = await open()
  while (time.now + 20 * 60_000 < endsAt) {
    time.now += 20 * 60_000
    t.ok(await find(secret))
  }
  time.now = endsAt
  t.equal(await find(secret), undefined)
})

t.test('its use is written down once a minute', async (t) => {
  const { sessions, open, time, writes } = await create(t)
  const { secret } = await open()
  for (let second = 0; second < 120; second++) {
    time.now += 1000
    await sessions.find(secret)
  }
  t.ok(writes.length >= 2 && writes.length <= 3, `${writes.length} writes`)
})

t.test('it ends at once when it is ended, and with what it was made with', async (t) => {
  const { sessions, open, access } = await create(t)
  const { secret } = await open()
  await sessions.end(secret)
  t.equal(await sessions.find(secret), undefined)
  await sessions.end(secret)
  await sessions.end('nonsense')

  const other = await open()
  await access.changeAccount('ann', { passwordHash: 'another' })
  t.equal(await sessions.find(other.secret), undefined)
})

t.test('nobody in particular, and whose account was changed since, gets none', async (t) => {
  const { sessions, access, identity } = await create(t)
  t.equal(await sessions.create(anonymous), undefined)
  await access.changeAccount('ann', { passwordHash: 'another' })
  t.equal(await sessions.create(identity), undefined)
})

t.test('who signed in with a token may do no more than with the token', async (t) => {
  const { sessions, open, secrets, identity } = await create(t)
  const scopes = [{ pattern: 'team/**', actions: ['pull'] }] as const
  const of = { account: 'ann', name: 'laptop', robot: false, createdBy: 'ann' }
  await secrets.createToken({ ...of, scopes, hash: secretHash('token') })
  const { secret } = await open({ ...identity, credential: 'token', scopes, token: 'laptop' })
  t.match(await sessions.find(secret), {
    identity: { credential: 'session', token: 'laptop', scopes },
  })
  await secrets.removeToken('ann', 'laptop')
  t.equal(await sessions.find(secret), undefined)
})
