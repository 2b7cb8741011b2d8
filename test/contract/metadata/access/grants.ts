import type { Test } from 'tap'
import type { Grant } from '../../../../src/access/book.ts'
import { type OpenSubject, start } from '../subject.ts'
import { make, robot } from './people.ts'

export function grantCases(t: Test, open: OpenSubject): void {
  t.test('grants are listed by pattern, kind and name, with who gave them', async (t) => {
    const { store, clock } = await start(t, open)
    const { access } = store
    for (const name of ['bob', 'ann']) await make(store, name)
    const grants: readonly Grant[] = [
      { grantee: { kind: 'users' }, pattern: 'b/**', actions: ['pull'] },
      { grantee: { kind: 'group', name: 'devs' }, pattern: 'a/*', actions: ['admin'] },
      { grantee: { kind: 'account', name: 'bob' }, pattern: 'a/*', actions: [] },
      { grantee: { kind: 'account', name: 'ann' }, pattern: 'a/*', actions: ['push', 'pull'] },
      { grantee: { kind: 'anonymous' }, pattern: 'a/*', actions: ['pull'] },
    ]
    for (const grant of grants) t.equal(await access.grant(grant, 'root'), true)
    const by = { grantedAt: clock.now, grantedBy: 'root' }
    const [users, devs, bob, ann, anonymous] = grants.map((grant) => ({ ...grant, ...by }))
    t.strictSame(await access.grants(), [
      { ...ann, actions: ['pull', 'push'] },
      bob,
      anonymous,
      devs,
      users,
    ])
    const { grants: inBook } = await access.book()
    t.strictSame(
      inBook,
      (await access.grants()).map(({ grantee, pattern, actions }) => ({
        grantee,
        pattern,
        actions,
      })),
    )
  })

  t.test('a grant replaces what was granted to the same on the same pattern', async (t) => {
    const { store, clock } = await start(t, open)
    const { access } = store
    await make(store, 'ann')
    const grantees = [
      { kind: 'account', name: 'ann' },
      { kind: 'group', name: 'devs' },
      { kind: 'users' },
      { kind: 'anonymous' },
    ] as const
    for (const grantee of grantees) {
      await access.grant({ grantee, pattern: 'a/**', actions: ['push', 'pull'] }, 'root')
      clock.now += 1
      await access.grant({ grantee, pattern: 'a/**', actions: ['pull', 'pull'] }, 'eve')
    }
    t.strictSame(
      (await access.grants()).map(({ actions, grantedBy }) => [actions, grantedBy]),
      grantees.map(() => [['pull'], 'eve']),
    )
    for (const grantee of grantees) {
      t.equal(await access.revoke(grantee, 'a/*'), false)
      t.equal(await access.revoke(grantee, 'a/**'), true)
      t.equal(await access.revoke(grantee, 'a/**'), false)
    }
    t.strictSame(await access.grants(), [])
  })

  t.test('nobody who is not there is granted anything, and no robot', async (t) => {
    const { store } = await start(t, open)
    const { access } = store
    await store.secrets.createToken(robot('ci'))
    for (const grantee of [
      { kind: 'account', name: 'nobody' },
      { kind: 'account', name: 'ci' },
      { kind: 'group', name: 'ci' },
    ] as const) {
      t.equal(await access.grant({ grantee, pattern: 'a', actions: ['pull'] }, 'root'), false)
      t.equal(await access.revoke(grantee, 'a'), false)
    }
    t.strictSame(await access.grants(), [])
    t.strictSame(await access.groups(), [])
  })
}
