import t from 'tap'
import type { SignInAttempt } from '../../../../src/access/sign-in.ts'
import { createRemembered } from '../../../../src/services/sign-in/remembered.ts'
import { attemptOf, createWorld, outcomeText } from './world.ts'

async function remember(t: Parameters<typeof createWorld>[0], capacity = 1000) {
  const world = await createWorld(t)
  const asked: string[] = []
  const remembered = createRemembered({
    access: world.store.access,
    clock: world.clock,
    capacity,
    signIn: {
      check(attempt: SignInAttempt) {
        asked.push(attempt.secret)
        return world.signIn.check(attempt)
      },
    },
  })
  const check = (rest = {}) => remembered.check(attemptOf(rest)).then(outcomeText)
  return { ...world, asked, check, remembered }
}

t.test('who has signed in is remembered for a minute', async (t) => {
  const { check, asked, time } = await remember(t)
  for (let round = 0; round < 5; round++) t.equal(await check(), 'ann password')
  t.equal(asked.length, 1)
  time.now += 59_999
  t.equal(await check({ name: 'Ann' }), 'ann password')
  t.equal(asked.length, 1)
  time.now += 1
  t.equal(await check(), 'ann password')
  t.equal(asked.length, 2)
})

t.test('the same at the same time is checked once', async (t) => {
  const { check, asked } = await remember(t)
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => check()))
  t.same(new Set(outcomes), new Set(['ann password']))
  t.equal(asked.length, 1)
})

t.test('nothing is shared between names, passwords and networks', async (t) => {
  const { check, asked } = await remember(t)
  await check()
  t.equal(await check({ client: '198.51.100.1' }), 'ann password')
  t.equal(await check({ secret: 'other', client: '198.51.100.2' }), 'wrong')
  t.equal(await check({ name: 'an', secret: 'n', client: '198.51.100.3' }), 'wrong')
  t.equal(asked.length, 4)
})

t.test('what changes an account ends it at once; what does not, does not', async (t) => {
  const { check, asked, store, person } = await remember(t)
  const { access } = store
  await access.createAccount({ ...person, name: 'root', admin: true })
  const harmless = [
    () => access.createAccount({ ...person, name: 'bob' }),
    () => access.addMember('devs', 'ann'),
    () => access.grant({ grantee: { kind: 'users' }, pattern: '**', actions: ['pull'] }, 'root'),
  ]
  await check()
  for (const change of harmless) {
    await change()
    t.equal(await check(), 'ann password')
  }
  t.equal(asked.length, 1)

  const ending = [
    [() => access.changeAccount('ann', { passwordHash: 'another' }), 'wrong'],
    [() => access.changeAccount('ann', { passwordHash: person.passwordHash }), 'ann password'],
    [() => access.changeAccount('ann', { admin: true }), 'ann password'],
    [() => access.changeAccount('ann', { disabled: true }), 'wrong'],
    [() => access.changeAccount('ann', { disabled: false }), 'ann password'],
    [() => access.removeAccount('ann'), 'wrong'],
  ] as const
  for (const [index, [change, outcome]] of ending.entries()) {
    await change()
    t.equal(await check(), outcome, String(change))
    t.equal(asked.length, index + 2)
  }
})

t.test('a later account of the same name is another one', async (t) => {
  const { check, store, person } = await remember(t)
  await check()
  await store.access.removeAccount('ann')
  await store.access.createAccount({ ...person, name: 'ann', passwordHash: 'another' })
  t.equal(await check(), 'wrong')
})

t.test('the identity has the account as it is now', async (t) => {
  const { remembered, store } = await remember(t)
  await remembered.check(attemptOf())
  await store.access.changeAccount('ann', { admin: true })
  t.match(await remembered.check(attemptOf()), { identity: { account: { admin: true } } })
})

t.test('who guesses never finds the right password here', async (t) => {
  const { check } = await remember(t)
  t.equal(await check(), 'ann password')
  t.equal(await check({ secret: 'guess 1' }), 'wrong')
  t.equal(await check({ secret: 'guess 2' }), 'wrong')
  t.equal(await check({ secret: 'guess 3' }), 'wrong')
  t.equal(await check(), 'throttled', 'the right password, too')
  t.equal(await check({ client: '198.51.100.1' }), 'ann password')
})

t.test('memory is bounded', async (t) => {
  const { check, asked } = await remember(t, 2)
  const from = (at: number) => ({ client: `198.51.100.${at}` })
  for (const at of [1, 2, 3]) await check(from(at))
  await check(from(3))
  t.equal(asked.length, 3)
  await check(from(1))
  t.equal(asked.length, 4, 'the oldest was forgotten')
})

t.test('while the store fails nobody is let in', async (t) => {
  const { store, signIn } = await createWorld(t)
  let broken = false
  const access = {
    account: store.access.account,
    version: () => (broken ? Promise.reject(new Error('broken')) : store.access.version()),
  }
  const remembered = createRemembered({ access, signIn })
  await remembered.check(attemptOf())
  broken = true
  await t.rejects(remembered.check(attemptOf()), { message: 'broken' })
})
