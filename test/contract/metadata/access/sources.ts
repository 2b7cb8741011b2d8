import type { Test } from 'tap'
import { type OpenSubject, start } from '../subject.ts'
import { make, robot, token } from './people.ts'

const source = 'htpasswd'

export function accessSourceCases(t: Test, open: OpenSubject): void {
  t.test('people of a source are exactly those of its names', async (t) => {
    const { store } = await start(t, open)
    const { access } = store
    await make(store, 'local')
    await make(store, 'member')
    await access.addMember('devs', 'member')
    await store.secrets.createToken(robot('ci'))
    const names = ['zoe', 'ann', 'local', 'devs', 'ci', 'ann']
    t.strictSame(await access.replaceSource(source, names), { taken: ['ci', 'devs', 'local'] })
    const of = { kind: 'person', source, admin: false, disabled: false, hasPassword: false }
    t.match(await access.account('ann'), of)
    t.match(await access.account('zoe'), of)
    t.match(await access.account('local'), { source: 'local', disabled: false })

    t.strictSame(await access.replaceSource(source, ['zoe']), { taken: [] })
    t.match(await access.account('ann'), { disabled: true, epoch: 2 })
    t.match(await access.account('zoe'), { disabled: false, epoch: 1 })
    t.strictSame(await access.replaceSource(source, ['zoe', 'ann']), { taken: [] })
    t.match(await access.account('ann'), { disabled: false })
  })

  t.test('who was disabled by hand is not enabled by a source', async (t) => {
    const { store } = await start(t, open)
    const { access } = store
    await access.replaceSource(source, ['ann'])
    await access.changeAccount('ann', { disabled: true })
    await access.replaceSource(source, ['ann'])
    t.match(await access.account('ann'), { disabled: true })
    await access.replaceSource(source, [])
    await access.replaceSource(source, ['ann'])
    t.match(await access.account('ann'), { disabled: true })
    await access.changeAccount('ann', { disabled: false })
    t.match(await access.account('ann'), { disabled: false })
  })

  t.test('who is absent from a source is not enabled by hand', async (t) => {
    const { store } = await start(t, open)
    const { access } = store
    await access.replaceSource(source, ['ann'])
    await store.secrets.createToken(token('ann', 'laptop'))
    await access.replaceSource(source, [])
    t.match(await access.changeAccount('ann', { disabled: false }), { disabled: true })
    t.equal(await store.secrets.find(token('ann', 'laptop').hash), undefined)
    t.match((await access.book()).accounts, [{ name: 'ann', disabled: true }])
  })

  t.test('the same names again change nothing', async (t) => {
    const { store } = await start(t, open)
    await store.access.replaceSource(source, ['a', 'b'])
    await store.access.replaceSource(source, ['a'])
    const version = await store.access.version()
    await store.access.replaceSource(source, ['a'])
    t.equal(await store.access.version(), version)
  })
}
