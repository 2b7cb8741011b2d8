import type { Test } from 'tap'
import type { NewSecret } from '../../../../storage/metadata/access/store.ts'
import { type OpenSubject, start } from '../subject.ts'
import { hashed, make, scopes, token } from './people.ts'

function refresh(text: string, expiresAt: number, rest: Partial<NewSecret> = {}): NewSecret {
  return { kind: 'refresh', hash: hashed(text), account: 'ann', epoch: 1, expiresAt, ...rest }
}

export function secretCases(t: Test, open: OpenSubject): void {
  t.test('a session opens its account until it expires', async (t) => {
    const { store, clock } = await start(t, open)
    const { id } = await make(store, 'ann')
    const expiresAt = clock.now + 1000
    t.equal(await store.secrets.create(refresh('s', expiresAt, { kind: 'session' })), true)
    const found = await store.secrets.find(hashed('s'))
    t.match(found, { kind: 'session', account: { id, name: 'ann' }, expiresAt })
    t.strictSame(Object.keys(found ?? {}).sort(), ['account', 'createdAt', 'expiresAt', 'kind'])
    t.equal(await store.secrets.find('s'), undefined, 'the secret itself is not stored')
    clock.now = expiresAt
    t.equal(await store.secrets.find(hashed('s')), undefined)
  })

  t.test('nothing is made for who is gone, disabled, changed, or has no such token', async (t) => {
    const { store, clock } = await start(t, open)
    const { secrets } = store
    await make(store, 'ann')
    await make(store, 'off')
    await store.access.changeAccount('off', { disabled: true })
    const expiresAt = clock.now + 1000
    await secrets.createToken(token('ann', 'old', { expiresAt: clock.now }))
    const refused: Readonly<Record<string, Partial<NewSecret>>> = {
      gone: { account: 'nobody' },
      disabled: { account: 'off', epoch: 2 },
      changed: { epoch: 2 },
      'without the token': { token: 'laptop' },
      'with an expired token': { token: 'old' },
    }
    for (const [title, rest] of Object.entries(refused)) {
      t.equal(await secrets.create(refresh(title, expiresAt, rest)), false, title)
      t.equal(await secrets.find(hashed(title)), undefined, title)
    }
  })

  t.test('what was made with a token has its scopes and ends with it', async (t) => {
    const { store, clock } = await start(t, open)
    const { secrets } = store
    await make(store, 'ann')
    const end = clock.now + 500
    await secrets.createToken(token('ann', 'laptop', { scopes, expiresAt: end }))
    const made = refresh('r', clock.now + 1000, { token: 'laptop' })
    t.equal(await secrets.create(made), true)
    t.match(await secrets.find(made.hash), { kind: 'refresh', token: 'laptop', scopes })
    t.equal((await secrets.find(made.hash))?.expiresAt, end)
    await secrets.used([{ hash: made.hash, at: clock.now, expiresAt: clock.now + 5000 }])
    t.equal((await secrets.find(made.hash))?.expiresAt, end)
  })

  t.test('a use is told of the token and the account, and moves the end', async (t) => {
    const { store, clock } = await start(t, open)
    const { secrets } = store
    await make(store, 'ann')
    await secrets.createToken(token('ann', 'laptop'))
    const made = refresh('r', clock.now + 1000, { token: 'laptop' })
    await secrets.create(made)
    const at = clock.now + 10
    await secrets.used([
      { hash: token('ann', 'laptop').hash, at: at - 5, expiresAt: 1 },
      { hash: made.hash, at, expiresAt: clock.now + 3000 },
      { hash: made.hash, at: at - 1 },
      { hash: hashed('gone'), at },
    ])
    t.match(await secrets.tokens('ann'), [{ usedAt: at }])
    t.match(await store.access.account('ann'), { seenAt: at })
    t.equal((await secrets.find(made.hash))?.expiresAt, clock.now + 3000)
    t.ok(await secrets.find(token('ann', 'laptop').hash), 'a token’s own end stays')
  })

  t.test('who is disabled opens nothing, and afterwards only what is meant to last', async (t) => {
    const { store, clock } = await start(t, open)
    const { secrets, access } = store
    await make(store, 'ann')
    await secrets.createToken(token('ann', 'laptop'))
    const made = refresh('r', clock.now + 1000, { token: 'laptop' })
    await secrets.create(made)
    await access.changeAccount('ann', { disabled: true })
    const found = () => Promise.all([made.hash, hashed('ann/laptop')].map(secrets.find))
    t.strictSame(await found(), [undefined, undefined])
    await access.changeAccount('ann', { disabled: false })
    t.match(await found(), [undefined, { kind: 'token' }])
  })

  t.test('a secret is removed once, and expired ones in batches', async (t) => {
    const { store, clock } = await start(t, open)
    const { secrets } = store
    await make(store, 'ann')
    await secrets.createToken(token('ann', 'laptop', { expiresAt: clock.now + 2 }))
    for (const [n, text] of ['a', 'b', 'c', 'd'].entries()) {
      await secrets.create(refresh(text, clock.now + n + 1))
    }
    t.equal(await secrets.remove(hashed('d')), true)
    t.equal(await secrets.remove(hashed('d')), false)
    t.equal(await secrets.forget(clock.now + 3, 2), 2)
    t.equal(await secrets.forget(clock.now + 3, 2), 1)
    t.equal(await secrets.forget(clock.now + 3, 2), 0)
    t.ok(await secrets.find(hashed('c')))
    t.match(await secrets.tokens('ann'), [{ expiresAt: clock.now + 2 }], 'the token is told of')
  })
}
