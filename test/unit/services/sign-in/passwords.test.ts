import { setTimeout as sleep } from 'node:timers/promises'
import { hashSync } from 'bcryptjs'
import t from 'tap'
import { createPasswords } from '../../../../src/services/passwords/create.ts'
import { createAttempts } from '../../../../src/services/sign-in/attempts.ts'
import { createSignInNotes } from '../../../../src/services/sign-in/notes.ts'
import { createPasswordSignIn } from '../../../../src/services/sign-in/passwords.ts'
import { attemptOf, createWorld, outcomeText, password } from './world.ts'

t.test('the right password signs in, however the name is written', async (t) => {
  const { signIn, seen, store } = await createWorld(t)
  const account = await store.access.account('ann')
  for (const name of ['ann', 'Ann', 'ANN']) {
    const outcome = await signIn.check(attemptOf({ name }))
    t.match(outcome, {
      identity: {
        account: { id: account?.id, name: 'ann' },
        credential: 'password',
        catalog: true,
      },
    })
    t.equal('identity' in outcome && outcome.identity.scopes, undefined)
  }
  t.same(seen, ['ann', 'ann', 'ann'])
})

t.test('all that is wrong is refused in the same words, after a hash', async (t) => {
  const { signIn, store, person, checked } = await createWorld(t)
  await store.access.createAccount({ ...person, name: 'gone' })
  await store.access.changeAccount('gone', { disabled: true })
  await store.access.createAccount({ ...person, name: 'nopass', passwordHash: undefined })
  const wrongs = [
    attemptOf({ secret: 'wrong' }),
    attemptOf({ name: 'nobody', client: '192.0.2.2' }),
    attemptOf({ name: 'gone', client: '192.0.2.3' }),
    attemptOf({ name: 'nopass', client: '192.0.2.4' }),
    attemptOf({ name: '', client: '192.0.2.5' }),
    attemptOf({ name: 'a'.repeat(10_000), client: '192.0.2.6' }),
    attemptOf({ name: "ann' OR 1=1 --", client: '192.0.2.7' }),
    attemptOf({ secret: `${password} `, client: '192.0.2.8' }),
    attemptOf({ secret: '', client: '192.0.2.9' }),
  ]
  for (const attempt of wrongs) {
    t.same(await signIn.check(attempt), { refused: 'wrong' }, attempt.name.slice(0, 20))
  }
  t.equal(checked.length, wrongs.length)
})

t.test('who guesses is throttled, with the right password too, but nobody elsewhere', async (t) => {
  const { signIn, checked, time } = await createWorld(t)
  const check = (rest = {}) => signIn.check(attemptOf(rest)).then(outcomeText)
  for (let guess = 0; guess < 3; guess++) t.equal(await check({ secret: 'guess' }), 'wrong')
  const hashes = checked.length
  t.equal(await check({ secret: 'guess' }), 'throttled')
  t.equal(await check(), 'throttled')
  t.equal(await check({ name: 'ANN' }), 'throttled')
  t.equal(checked.length, hashes, 'no password is looked at')
  t.equal(await check({ client: '198.51.100.1' }), 'ann password')
  t.equal(await check({ name: 'bob', secret: 'guess' }), 'wrong', 'another name has its own count')
  const outcome = await signIn.check(attemptOf())
  const wait = 'retryAfterSeconds' in outcome ? outcome.retryAfterSeconds : 0
  t.ok(wait > 50 && wait <= 63)
  time.now += wait * 1000
  t.equal(await check(), 'ann password')
})

t.test('a network that guesses many names is throttled as a whole', async (t) => {
  const { signIn } = await createWorld(t)
  const check = (name: string, client: string) =>
    signIn.check(attemptOf({ name, client, secret: 'guess' })).then(outcomeText)
  for (let guess = 0; guess < 6; guess++)
    t.equal(await check(`n${guess}`, `2001:db8::${guess}`), 'wrong')
  t.equal(await check('n7', '2001:db8::ffff'), 'throttled')
  t.equal(outcomeText(await signIn.check(attemptOf({ client: '2001:db8::1' }))), 'throttled')
  t.equal(outcomeText(await signIn.check(attemptOf({ client: '2001:db8:0:1::1' }))), 'ann password')
})

t.test('guesses at the same time are no more than those one after another', async (t) => {
  const { signIn } = await createWorld(t)
  const guesses = await Promise.all(
    Array.from({ length: 10 }, (_, at) => signIn.check(attemptOf({ secret: `guess ${at}` }))),
  )
  const texts = guesses.map(outcomeText)
  t.equal(texts.filter((text) => text === 'wrong').length, 3)
  t.equal(texts.filter((text) => text === 'throttled').length, 7)
})

t.test('what changes while a password is checked counts', async (t) => {
  const { store, activity, clock } = await createWorld(t)
  const changes = [
    () => store.access.changeAccount('ann', { passwordHash: 'another' }),
    () => store.access.changeAccount('ann', { disabled: true }),
    () => store.access.removeAccount('ann'),
  ]
  for (const change of changes) {
    const signIn = createPasswordSignIn({
      access: store.access,
      passwords: {
        hash: async () => '',
        verify: () => change().then(() => ({ fits: true, outdated: false })),
      },
      attempts: createAttempts({
        failureWindow: 1000,
        failuresPerAccount: 0,
        failuresPerNetwork: 0,
      }),
      notes: createSignInNotes({ activity, clock }),
      onFailure: (error) => t.fail(String(error)),
    })
    t.same(await signIn.check(attemptOf()), { refused: 'wrong' })
  }
})

t.test('a hash of another cost or kind is made anew, but for those of a file', async (t) => {
  const { store, signIn, person } = await createWorld(t)
  const passwordHash = hashSync(password, 4)
  await store.access.createAccount({ ...person, name: 'bob', passwordHash })
  await store.access.createAccount({ ...person, name: 'carl', source: 'htpasswd', passwordHash })
  const before = await store.access.account('bob')
  for (const name of ['bob', 'carl']) {
    t.equal(outcomeText(await signIn.check(attemptOf({ name }))), `${name} password`)
  }
  const hashOf = async (name: string) => (await store.access.password(name))?.hash
  for (let look = 0; look < 500 && (await hashOf('bob')) === passwordHash; look++) await sleep(10)
  t.match(await hashOf('bob'), /^\$scrypt\$ln=4,/)
  t.equal(await hashOf('carl'), passwordHash)
  t.equal((await store.access.account('bob'))?.epoch, before?.epoch, 'nothing was ended by it')
  t.equal(outcomeText(await signIn.check(attemptOf({ name: 'bob' }))), 'bob password')
})

t.test('when too many wait, nobody is blamed for it', async (t) => {
  const { store, activity, clock } = await createWorld(t)
  const full = { ...createPasswords({ cost: { logN: 4, r: 8, p: 1 } }), verify: () => undefined }
  const attempts = createAttempts({
    failureWindow: 1000,
    failuresPerAccount: 1,
    failuresPerNetwork: 1,
  })
  const notes = createSignInNotes({ activity, clock })
  const deps = { access: store.access, attempts, notes, onFailure: () => undefined }
  const busy = createPasswordSignIn({ ...deps, passwords: full })
  for (let round = 0; round < 3; round++) {
    t.same(await busy.check(attemptOf()), { refused: 'throttled', retryAfterSeconds: 5 })
  }
  const failing = { ...full, verify: () => Promise.reject(new Error('broken')) }
  const broken = createPasswordSignIn({ ...deps, passwords: failing })
  await t.rejects(broken.check(attemptOf()), { message: 'broken' })
  t.ok('passed' in attempts.begin('ann', '192.0.2.1'))
})

t.test(
  'sign-ins are written down now and then, failures each time, and never what was typed',
  async (t) => {
    const { signIn, noted, time } = await createWorld(t)
    const from = { client: '192.0.2.1', agent: 'docker/27' }
    await signIn.check(attemptOf())
    await signIn.check(attemptOf())
    t.same(noted, [
      { action: 'sign-in', actor: 'ann', ...from, detail: { credential: 'password' } },
    ])
    await signIn.check(attemptOf({ client: '192.0.2.2', agent: 'x'.repeat(500) }))
    t.match(noted.at(-1), { client: '192.0.2.2', agent: 'x'.repeat(200) })
    time.now += 10 * 60_000
    await signIn.check(attemptOf())
    t.equal(noted.length, 3)

    noted.length = 0
    for (let guess = 0; guess < 5; guess++) await signIn.check(attemptOf({ secret: 'hunter2' }))
    t.same(noted, [
      ...Array(3).fill({ action: 'sign-in-failed', actor: 'ann', ...from }),
      { action: 'sign-in-failed', actor: undefined, ...from, detail: { throttled: true } },
    ])
    noted.length = 0
    await signIn.check(attemptOf({ name: 'hunter2', client: '192.0.2.3' }))
    t.match(noted, [{ action: 'sign-in-failed', actor: undefined }])
    t.notMatch(JSON.stringify(noted), /hunter2/)
  },
)
