import type { Test } from 'tap'
import { type OpenSubject, start } from '../subject.ts'
import { hashed, make, person, robot, scopes, token } from './people.ts'

export function tokenCases(t: Test, open: OpenSubject): void {
  t.test('a token of a person opens their account, within its scopes', async (t) => {
    const { store, clock } = await start(t, open)
    const { id, name, kind, source, admin, disabled, epoch } = await make(store, 'ann')
    const expiresAt = clock.now + 1000
    const made = await store.secrets.createToken(token('ann', 'laptop', { scopes, expiresAt }))
    const createdAt = clock.now
    const told = { account: 'ann', name: 'laptop', robot: false, scopes, createdAt }
    t.strictSame(made, { ...told, createdBy: 'ann', expiresAt })
    const found = { kind: 'token', token: 'laptop', scopes, createdAt, expiresAt } as const
    const account = { id, name, kind, source, admin, disabled, epoch }
    t.strictSame(await store.secrets.find(hashed('ann/laptop')), { ...found, account })
    t.equal(await store.secrets.find(hashed('ann/other')), undefined)
    clock.now = expiresAt
    t.equal(await store.secrets.find(hashed('ann/laptop')), undefined)
    t.strictSame(await store.secrets.tokens('ann'), [made], 'an expired one is told of')
  })

  t.test('names of tokens are one account’s, those of robots are accounts', async (t) => {
    const { store } = await start(t, open)
    const { secrets, access } = store
    await make(store, 'bob')
    await make(store, 'ann')
    await access.addMember('devs', 'ann')
    for (const of of ['bob', 'ann']) t.ok(await secrets.createToken(token(of, 'laptop')), of)
    t.ok(await secrets.createToken(robot('ci')))
    const again = { hash: hashed('again') }
    t.equal(await secrets.createToken(token('ann', 'laptop', again)), undefined)
    t.equal(await secrets.createToken(token('nobody', 'laptop', again)), undefined)
    t.equal(await secrets.createToken(token('ci', 'second', again)), undefined)
    for (const name of ['ci', 'ann', 'devs']) {
      t.equal(await secrets.createToken(robot(name, again)), undefined, name)
    }
    t.equal(await secrets.find(again.hash), undefined)
    t.match(await access.account('ci'), { kind: 'robot', admin: false, hasPassword: false })
    const namesOf = async (of?: string) =>
      (await secrets.tokens(of)).map(({ account, name, robot }) => [account, name, robot])
    t.strictSame(await namesOf(), [
      ['ann', 'laptop', false],
      ['bob', 'laptop', false],
      ['ci', 'ci', true],
    ])
    t.strictSame(await namesOf('bob'), [['bob', 'laptop', false]])
    t.strictSame(await namesOf('devs'), [])
  })

  t.test('a rotated token has two secrets until the overlap ends', async (t) => {
    const { store, clock } = await start(t, open)
    const { secrets } = store
    await secrets.createToken(robot('ci'))
    const overlapUntil = clock.now + 100
    const expiresAt = clock.now + 1000
    const next = { hash: hashed('next'), overlapUntil, expiresAt }
    t.match(await secrets.rotateToken('ci', 'ci', next), { overlapUntil, expiresAt })
    t.match(await secrets.find(robot('ci').hash), { expiresAt: overlapUntil })
    t.match(await secrets.find(hashed('next')), { token: 'ci', scopes, expiresAt })
    clock.now = overlapUntil
    t.equal(await secrets.find(robot('ci').hash), undefined)
    t.ok(await secrets.find(hashed('next')))
    t.strictSame(Object.keys((await secrets.tokens('ci'))[0] ?? {}).includes('overlapUntil'), false)

    const last = { hash: hashed('last'), overlapUntil: clock.now + 5000 }
    t.match(await secrets.rotateToken('ci', 'ci', last), { overlapUntil: expiresAt })
    t.match(await secrets.find(hashed('next')), { expiresAt }, 'it ends no later than before')
    t.equal((await secrets.tokens('ci'))[0]?.expiresAt, undefined)
    t.equal(await secrets.rotateToken('ci', 'other', { ...last, hash: 'x' }), undefined)
  })

  t.test('a rotation ends what was made with the earlier secret', async (t) => {
    const { store, clock } = await start(t, open)
    const { secrets } = store
    await make(store, 'ann')
    await secrets.createToken(token('ann', 'laptop'))
    const made = { kind: 'refresh', account: 'ann', epoch: 1, token: 'laptop' } as const
    const hash = hashed('refresh')
    t.ok(await secrets.create({ ...made, hash, expiresAt: clock.now + 10_000 }))
    const overlapUntil = clock.now + 100
    await secrets.rotateToken('ann', 'laptop', { hash: hashed('next'), overlapUntil })
    await secrets.used([{ hash, at: clock.now, expiresAt: clock.now + 20_000 }])
    t.match(await secrets.find(hash), { expiresAt: overlapUntil })
  })

  t.test('a token goes with its secrets, a robot with its account', async (t) => {
    const { store, clock } = await start(t, open)
    const { secrets, access } = store
    await make(store, 'ann')
    await secrets.createToken(token('ann', 'laptop'))
    const made = { kind: 'refresh', account: 'ann', epoch: 1, token: 'laptop' } as const
    await secrets.create({ ...made, hash: hashed('refresh'), expiresAt: clock.now + 1000 })
    t.equal(await secrets.removeToken('ann', 'laptop'), true)
    t.equal(await secrets.removeToken('ann', 'laptop'), false)
    t.equal(await secrets.find(hashed('ann/laptop')), undefined)
    t.equal(await secrets.find(hashed('refresh')), undefined)
    t.ok(await access.account('ann'))
    await secrets.createToken(robot('ci'))
    t.equal(await secrets.removeToken('ci', 'ci'), true)
    t.equal(await access.account('ci'), undefined)
    t.ok(await access.createAccount(person('ci')), 'its name is free')
  })
}
