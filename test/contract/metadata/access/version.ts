import type { Test } from 'tap'
import type { MetadataStore } from '../../../../storage/metadata/store.ts'
import { app, putAll } from '../fixtures.ts'
import { type OpenSubject, start } from '../subject.ts'
import { hashed, make, robot, token } from './people.ts'

type Step = readonly [title: string, (store: MetadataStore) => Promise<unknown>]

const grantee = { kind: 'group', name: 'devs' } as const

const deciding: readonly Step[] = [
  ['an account', (store) => make(store, 'ann')],
  ['an administrator', (store) => store.access.changeAccount('ann', { admin: true })],
  ['a password', (store) => store.access.changeAccount('ann', { passwordHash: 'new' })],
  ['disabling', (store) => store.access.changeAccount('ann', { disabled: true })],
  ['a member', (store) => store.access.addMember('devs', 'ann')],
  ['a grant', (store) => store.access.grant({ grantee, pattern: 'a', actions: ['pull'] }, 'x')],
  ['a changed grant', (store) => store.access.grant({ grantee, pattern: 'a', actions: [] }, 'x')],
  ['a revocation', (store) => store.access.revoke(grantee, 'a')],
  ['a member less', (store) => store.access.removeMember('devs', 'ann')],
  ['a source', (store) => store.access.replaceSource('htpasswd', ['zoe'])],
  ['an absence', (store) => store.access.replaceSource('htpasswd', [])],
  ['a token', (store) => store.secrets.createToken(token('ann', 'laptop'))],
  ['a token less', (store) => store.secrets.removeToken('ann', 'laptop')],
  ['a robot', (store) => store.secrets.createToken(robot('ci'))],
  ['a robot less', (store) => store.secrets.removeToken('ci', 'ci')],
  ['an account less', (store) => store.access.removeAccount('ann')],
]

const others: readonly Step[] = [
  ['a push', (store) => putAll(store, app, { one: ['v1'] })],
  ['a sighting', (store) => store.access.seen([{ account: 'ann', at: 1 }])],
  ['a use', (store) => store.secrets.used([{ hash: hashed('ann/phone'), at: 1 }])],
  ['a refused account', (store) => store.access.createAccount({ ...refused, name: 'ann' })],
  ['a revocation of nothing', (store) => store.access.revoke(grantee, 'a')],
]

const refused = { kind: 'person', source: 'local', admin: false } as const

export function versionCases(t: Test, open: OpenSubject): void {
  t.test('the version changes with all that decides', async (t) => {
    const { store } = await start(t, open)
    await make(store, 'root', { admin: true })
    let before = await store.access.version()
    for (const [title, change] of deciding) {
      await change(store)
      const version = await store.access.version()
      t.ok(version > before, title)
      t.equal((await store.access.book()).version, version)
      before = version
    }
  })

  t.test('the version changes with nothing else', async (t) => {
    const { store, reopen } = await start(t, open)
    await make(store, 'ann')
    await store.secrets.createToken(token('ann', 'phone'))
    const before = await store.access.version()
    for (const [title, other] of others) {
      await other(store)
      t.equal(await store.access.version(), before, title)
    }
    t.equal(await (await reopen()).access.version(), before, 'a restart')
  })

  t.test('the book tells all that decides', async (t) => {
    const { store } = await start(t, open)
    const root = await make(store, 'root', { admin: true })
    const ann = await make(store, 'ann')
    await store.access.addMember('devs', 'ann')
    const { groups, accounts } = await store.access.book()
    t.strictSame(groups, new Map([['devs', ['ann']]]))
    t.strictSame(
      accounts,
      [ann, root].map(({ id, name, kind, source, admin, disabled, epoch }) => ({
        ...{ id, name, kind, source, admin, disabled, epoch },
      })),
    )
  })
}
