import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { createSignIn } from '../../../../src/services/sign-in/create.ts'
import { isTokenText, secretHash } from '../../../../src/services/sign-in/token-text.ts'
import { createUses, type Use } from '../../../../src/services/sign-in/uses.ts'
import { attemptOf, createWorld, outcomeText } from './world.ts'

const newToken = () => `lht_${randomBytes(32).toString('base64url')}`
const scopes = [{ pattern: 'team/**', actions: ['pull'] }] as const

async function create(t: Test) {
  const world = await createWorld(t)
  const { store, signIn: passwordSignIn, activity } = world
  const { access, secrets } = store
  const signIn = createSignIn({
    access,
    secrets,
    passwordSignIn,
    activity,
    onFailure: (error) => t.fail(String(error)),
  })
  t.teardown(() => signIn.settle())
  const add = async (account: string, name: string, rest = {}) => {
    const secret = newToken()
    const of = { account, name, robot: false, scopes: undefined, createdBy: 'ann', ...rest }
    t.ok(await secrets.createToken({ ...of, hash: secretHash(secret) }))
    return secret
  }
  const check = (name: string, secret: string) => signIn.check(attemptOf({ name, secret }))
  return { ...world, signIn, add, check }
}

t.test('a token stands for a password, with the name of its account or its own', async (t) => {
  const { add, check, checked, store } = await create(t)
  const secret = await add('ann', 'laptop', { scopes })
  const account = await store.access.account('ann')
  for (const name of ['ann', 'ANN', 'laptop', 'Laptop']) {
    const outcome = await check(name, secret)
    const wanted = { credential: 'token', scopes, catalog: true, token: 'laptop' }
    t.match(outcome, { identity: { account: { id: account?.id }, ...wanted } }, name)
  }
  const robot = await add('ci', 'ci', { robot: true, scopes })
  t.match(await check('ci', robot), {
    identity: { account: { name: 'ci', kind: 'robot' }, token: 'ci', scopes },
  })
  t.equal(checked.length, 0, 'no password is looked at')
})

t.test('a token without limits of its own has none', async (t) => {
  const { add, check } = await create(t)
  const outcome = await check('ann', await add('ann', 'laptop'))
  t.equal('identity' in outcome && outcome.identity.scopes, undefined)
  t.match(outcome, { identity: { token: 'laptop' } })
})

t.test('what is no token of theirs is refused, without a hash', async (t) => {
  const { add, check, checked, store, person, signIn, time } = await create(t)
  await store.access.createAccount({ ...person, name: 'bob' })
  const own = await add('ann', 'laptop')
  const expired = await add('ann', 'old', { expiresAt: Date.now() - 1 })
  const session = newToken()
  const hash = secretHash(session)
  const of = { account: 'ann', epoch: 1, expiresAt: Date.now() + 60_000 }
  t.ok(await store.secrets.create({ kind: 'session', hash, ...of }))
  const cases = [
    ['bob', own],
    ['', own],
    ['ann', expired],
    ['ann', newToken()],
    ['ann', session],
    ['ann', own.replace('lht_', 'lhs_')],
    ['ann', own.slice(0, -1)],
  ] as const
  for (const [name, secret] of cases) {
    time.now += 120_000
    t.equal(outcomeText(await check(name, secret)), 'wrong', `${name} ${secret.slice(0, 4)}`)
  }
  t.equal(checked.length, 2, 'but for what has not the form of one')
  t.equal(outcomeText(await signIn.check(attemptOf({ name: 'ann', secret: own }))), 'ann token')
})

t.test('a token ends at once when it is removed, and with its account', async (t) => {
  const { add, check, store } = await create(t)
  const [first, second] = [await add('ann', 'first'), await add('ann', 'second')]
  await check('ann', first)
  await store.secrets.removeToken('ann', 'first')
  t.equal(outcomeText(await check('ann', first)), 'wrong')
  t.equal(outcomeText(await check('ann', second)), 'ann token')
  await store.access.changeAccount('ann', { disabled: true })
  t.equal(outcomeText(await check('ann', second)), 'wrong')
})

t.test('failures of others hold no token back, and wrong tokens count as failures', async (t) => {
  const { add, check } = await create(t)
  const secret = await add('ann', 'laptop')
  for (let guess = 0; guess < 3; guess++) {
    t.equal(outcomeText(await check('ann', newToken())), 'wrong')
  }
  t.equal(outcomeText(await check('ann', newToken())), 'throttled')
  t.equal(outcomeText(await check('ann', 'guess')), 'throttled')
  t.equal(outcomeText(await check('ann', secret)), 'ann token')
})

t.test('what was used is written down, and who signed in', async (t) => {
  const { add, check, signIn, store, noted } = await create(t)
  const secret = await add('ann', 'laptop')
  const before = Date.now()
  for (let round = 0; round < 3; round++) await check('ann', secret)
  await signIn.settle()
  const [token] = await store.secrets.tokens('ann')
  t.ok((token?.usedAt ?? 0) >= before)
  t.match(noted, [{ action: 'sign-in', actor: 'ann', detail: { token: 'laptop' } }])
  t.equal(noted.length, 1)
  t.notMatch(JSON.stringify(noted), secret)
})

t.test('uses are collected, and noted once a minute', async (t) => {
  const time = { now: 1000 }
  const written: (readonly Use[])[] = []
  const uses = createUses({
    write: async (items) => {
      written.push(items)
    },
    onFailure: () => undefined,
    now: () => time.now,
  })
  for (const key of ['a', 'b', 'a']) uses.note(key)
  await uses.settle()
  time.now += 59_999
  uses.note('a')
  await uses.settle()
  time.now += 1
  uses.note('a')
  await uses.settle()
  t.same(written, [
    [
      { key: 'a', at: 1000 },
      { key: 'b', at: 1000 },
    ],
    [{ key: 'a', at: 61_000 }],
  ])
})

t.test('uses that can not be written are told of, and forgotten', async (t) => {
  const failures: unknown[] = []
  const uses = createUses({
    write: () => Promise.reject(new Error('full')),
    onFailure: (error) => failures.push(error),
    delay: 1,
  })
  uses.note('a')
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.match(failures, [{ message: 'full' }])
  await uses.settle()
  t.equal(failures.length, 1)
})

t.test('only the very form of a token is one', async (t) => {
  const token = newToken()
  t.equal(isTokenText(token), true)
  for (const text of ['', 'lht_', token.slice(0, -1), `${token}x`, `${token}\n`, ` ${token}`]) {
    t.equal(isTokenText(text), false, JSON.stringify(text))
  }
})
