import type { Test } from 'tap'
import { type OpenSubject, start } from '../subject.ts'
import { make, robot } from './people.ts'

export function groupCases(t: Test, open: OpenSubject): void {
  t.test('groups and members are listed in byte order', async (t) => {
    const { store } = await start(t, open)
    const { access } = store
    for (const name of ['zoe', 'ann']) await make(store, name)
    const adding = [
      ['qa', 'zoe'],
      ['devs', 'zoe'],
      ['devs', 'ann'],
      ['devs', 'ann'],
    ] as const
    for (const [group, name] of adding) t.equal(await access.addMember(group, name), true)
    t.strictSame(await access.groups(), [
      { name: 'devs', members: ['ann', 'zoe'] },
      { name: 'qa', members: ['zoe'] },
    ])
    t.strictSame((await access.account('zoe'))?.groups, ['devs', 'qa'])
  })

  t.test('only people who are there become members, and of no account', async (t) => {
    const { store } = await start(t, open)
    const { access } = store
    await make(store, 'ann')
    await store.secrets.createToken(robot('ci'))
    t.equal(await access.addMember('devs', 'nobody'), undefined)
    t.equal(await access.addMember('devs', 'ci'), undefined)
    t.equal(await access.addMember('ci', 'ann'), 'taken')
    t.equal(await access.addMember('ann', 'ann'), 'taken')
    t.strictSame(await access.groups(), [])
  })

  t.test('a group is there while it has members or grants', async (t) => {
    const { store } = await start(t, open)
    const { access } = store
    const grantee = { kind: 'group', name: 'devs' } as const
    await make(store, 'ann')
    await access.addMember('devs', 'ann')
    t.equal(await access.removeMember('devs', 'nobody'), false)
    t.equal(await access.removeMember('none', 'ann'), false)
    t.equal(await access.removeMember('devs', 'ann'), true)
    t.equal(await access.removeMember('devs', 'ann'), false)
    t.strictSame(await access.groups(), [])

    await access.grant({ grantee, pattern: 'a/**', actions: ['pull'] }, 'root')
    await access.addMember('devs', 'ann')
    await access.removeMember('devs', 'ann')
    t.strictSame(await access.groups(), [{ name: 'devs', members: [] }])
    await access.grant({ grantee, pattern: 'a/**', actions: ['push'] }, 'root')
    t.equal((await access.groups()).length, 1)
    await access.revoke(grantee, 'a/**')
    t.strictSame(await access.groups(), [])
  })

  t.test('a group goes with its members and grants, and no account with it', async (t) => {
    const { store } = await start(t, open)
    const { access } = store
    const grantee = { kind: 'group', name: 'devs' } as const
    await make(store, 'ann')
    await access.addMember('devs', 'ann')
    await access.grant({ grantee, pattern: 'a/**', actions: ['pull'] }, 'root')
    t.equal(await access.removeGroup('devs'), true)
    t.equal(await access.removeGroup('devs'), false)
    t.equal(await access.removeGroup('ann'), false)
    t.strictSame(await access.grants(), [])
    t.match(await access.account('ann'), { groups: [] })
    await access.addMember('devs', 'ann')
    t.strictSame(await access.grants(), [], 'a later group of the name has none of them')
  })
}
