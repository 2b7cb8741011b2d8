import type { Test } from 'tap'
import { type OpenSubject, start } from '../subject.ts'
import { hashed, make, passwordHash, person, robot, token } from './people.ts'

function makingCases(t: Test, open: OpenSubject): void {
  t.test('an account is read back as it was made, also after a restart', async (t) => {
    const { store, clock, reopen } = await start(t, open)
    const made = await make(store, 'ann', { admin: true })
    t.strictSame(made, {
      ...{ id: made.id, name: 'ann', kind: 'person', source: 'local', admin: true },
      ...{ disabled: false, epoch: 1, createdAt: clock.now, hasPassword: true, groups: [] },
    })
    t.strictSame(await store.access.account('ann'), made)
    t.equal(await store.access.account('bob'), undefined)
    const { createdAt: _, hasPassword: __, groups: ___, ...account } = made
    t.strictSame(await store.access.password('ann'), { account, hash: passwordHash })
    t.strictSame(await (await reopen()).access.account('ann'), made)
  })

  t.test('an account may have no password', async (t) => {
    const { store } = await start(t, open)
    t.match(await make(store, 'ann', { passwordHash: undefined }), { hasPassword: false })
    t.equal(await store.access.password('ann'), undefined)
    t.equal(await store.access.password('bob'), undefined)
  })

  t.test('a name belongs to one account or group', async (t) => {
    const { store } = await start(t, open)
    await make(store, 'ann')
    await store.access.addMember('devs', 'ann')
    await store.secrets.createToken(robot('ci'))
    for (const name of ['ann', 'devs', 'ci']) {
      for (const source of ['local', 'htpasswd']) {
        t.equal(await store.access.createAccount(person(name, { source })), undefined, name)
      }
    }
    const { length } = await store.access.accounts({ limit: 10 })
    t.equal(length, 2)
  })

  t.test('accounts are listed in byte order, in pages', async (t) => {
    const { store } = await start(t, open)
    for (const name of ['b', 'a-b', 'c', 'a', 'a.b']) await make(store, name)
    const namesOf = async (after: string | undefined, limit: number) =>
      (await store.access.accounts({ after, limit })).map(({ name }) => name)
    t.strictSame(await namesOf(undefined, 10), ['a', 'a-b', 'a.b', 'b', 'c'])
    t.strictSame(await namesOf('a-b', 2), ['a.b', 'b'])
    t.strictSame(await namesOf('c', 2), [])
    t.strictSame(await namesOf(undefined, 0), [])
  })

  t.test('the first administrator is made once, however many ask at the same time', async (t) => {
    const { store } = await start(t, open)
    await make(store, 'htadmin', { source: 'htpasswd', admin: true })
    const names = ['a', 'b', 'c', 'd']
    const made = await Promise.all(
      names.map((name) => store.access.createFirstAdmin(person(name, { admin: false }))),
    )
    t.strictSame(
      made.flatMap((account) => account ?? []).map(({ name, admin }) => [name, admin]),
      [['a', true]],
    )
    t.equal(await store.access.account('b'), undefined)
  })
}

function changeCases(t: Test, open: OpenSubject): void {
  t.test('what ends sessions raises the epoch, what does not leaves it', async (t) => {
    const { store, clock } = await start(t, open)
    await make(store, 'root', { admin: true })
    await make(store, 'ann')
    const changes = [
      [{}, 1],
      [{ passwordHash: 'new' }, 2],
      [{ disabled: false }, 2],
      [{ disabled: true }, 3],
      [{ disabled: false }, 3],
      [{ admin: true }, 4],
      [{ admin: true }, 4],
      [{ admin: false }, 5],
    ] as const
    for (const [change, epoch] of changes) {
      const before = await store.access.account('ann')
      const hash = hashed(JSON.stringify([change, before?.epoch, before?.disabled]))
      const session = { kind: 'session', hash, account: 'ann', epoch: before?.epoch ?? 0 } as const
      const expiresAt = clock.now + 1000
      t.equal(await store.secrets.create({ ...session, expiresAt }), !before?.disabled)
      const after = await store.access.changeAccount('ann', change)
      const { passwordHash: _, ...told } = { passwordHash: '', ...change }
      t.strictSame(after, { ...before, ...told, epoch })
      t.strictSame(await store.access.account('ann'), after)
      const goesOn = epoch === before?.epoch && !before.disabled
      t.equal((await store.secrets.find(hash)) !== undefined, goesOn, JSON.stringify(change))
    }
    t.match(await store.access.password('ann'), { hash: 'new' })
    t.equal(await store.access.changeAccount('bob', { admin: true }), undefined)
  })

  t.test(
    'a hash is replaced by another of the same password without ending anything',
    async (t) => {
      const { store, clock } = await start(t, open)
      const { access, secrets } = store
      const { epoch } = await make(store, 'ann', { passwordHash: 'old' })
      const session = { kind: 'session', hash: hashed('s'), account: 'ann', epoch } as const
      await secrets.create({ ...session, expiresAt: clock.now + 1000 })
      t.equal(await access.renewPassword('ann', 'another', 'new'), false)
      t.match(await access.password('ann'), { hash: 'old', account: { epoch } })
      t.equal(await access.renewPassword('ann', 'old', 'new'), true)
      t.match(await access.password('ann'), { hash: 'new', account: { epoch } })
      t.not(await secrets.find(session.hash), undefined)
      t.equal(await access.renewPassword('bob', 'old', 'new'), false)
    },
  )

  t.test('the last administrator who can sign in stays one', async (t) => {
    const { store } = await start(t, open)
    const { access } = store
    await make(store, 'root', { admin: true })
    await make(store, 'nopassword', { admin: true, passwordHash: undefined })
    await make(store, 'second', { admin: true })
    await access.changeAccount('second', { disabled: true })
    const before = await access.account('root')
    t.equal(await access.changeAccount('root', { admin: false }), 'last-admin')
    t.equal(await access.changeAccount('root', { disabled: true }), 'last-admin')
    t.equal(await access.removeAccount('root'), 'last-admin')
    t.strictSame(await access.account('root'), before)
    t.match(await access.changeAccount('root', { passwordHash: 'new' }), { admin: true })
    t.equal(await access.removeAccount('nopassword'), true)
    await access.changeAccount('second', { disabled: false })
    t.match(await access.changeAccount('root', { admin: false }), { admin: false })
    t.equal(await access.removeAccount('second'), 'last-admin')
    t.equal(await access.removeAccount('root'), true)
  })

  t.test('of two who leave at the same time, one stays', async (t) => {
    const { store } = await start(t, open)
    await make(store, 'a', { admin: true })
    await make(store, 'b', { admin: true })
    const left = await Promise.all(['a', 'b'].map((name) => store.access.removeAccount(name)))
    t.strictSame(left, [true, 'last-admin'])
  })

  t.test('a removed account leaves nothing to a later one of its name', async (t) => {
    const { store, clock } = await start(t, open)
    const { access, secrets } = store
    const expiresAt = clock.now + 1000
    const first = await make(store, 'ann')
    await access.addMember('devs', 'ann')
    await access.addMember('alone', 'ann')
    await make(store, 'bob')
    await access.addMember('devs', 'bob')
    const grantee = { kind: 'account', name: 'ann' } as const
    await access.grant({ grantee, pattern: 'team/**', actions: ['pull'] }, 'root')
    await secrets.createToken(token('ann', 'laptop'))
    const session = { kind: 'session', hash: hashed('s'), account: 'ann', epoch: 1 } as const
    t.equal(await secrets.create({ ...session, expiresAt }), true)

    t.equal(await access.removeAccount('ann'), true)
    t.equal(await access.removeAccount('ann'), false)
    t.equal(await access.account('ann'), undefined)
    t.strictSame(await access.groups(), [{ name: 'devs', members: ['bob'] }])
    const again = await make(store, 'ann')
    t.ok(again.id > first.id)
    t.strictSame(again.groups, [])
    t.strictSame(await access.grants(), [])
    t.strictSame(await secrets.tokens(), [])
    t.equal(await secrets.find(hashed('ann/laptop')), undefined)
    t.equal(await secrets.find(hashed('s')), undefined)
  })

  t.test('an id is not given again, though it was the greatest', async (t) => {
    const { store, reopen } = await start(t, open)
    const { id } = await make(store, 'ann')
    await store.access.removeAccount('ann')
    const reopened = await reopen()
    t.ok((await make(reopened, 'bob')).id > id)
  })

  t.test('when somebody was seen only moves forward', async (t) => {
    const { store, clock } = await start(t, open)
    await make(store, 'ann')
    const version = await store.access.version()
    const seen = [clock.now, clock.now + 5, clock.now + 2]
    for (const at of seen) await store.access.seen([{ account: 'ann', at }])
    await store.access.seen([{ account: 'nobody', at: 1 }])
    t.match(await store.access.account('ann'), { seenAt: clock.now + 5 })
    t.equal(await store.access.version(), version)
  })
}

export function accessAccountCases(t: Test, open: OpenSubject): void {
  makingCases(t, open)
  changeCases(t, open)
}
