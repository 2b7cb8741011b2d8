import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hashSync } from 'bcryptjs'
import t, { type Test } from 'tap'
import {
  createMountedHtpasswd,
  type HtpasswdReport,
} from '../../../../src/services/htpasswd/mounted.ts'
import { openSqlite } from '../../../../storage/metadata/sqlite/open.ts'

const [first, second] = [hashSync('first', 4), hashSync('second', 4)]

async function mount(t: Test, text: string, isMounted = true) {
  const folder = t.testdir({ 'users.htpasswd': text })
  const path = join(folder, 'users.htpasswd')
  const store = openSqlite({ file: join(folder, 'metadata.db') })
  t.teardown(() => store.close())
  const reports: HtpasswdReport[] = []
  const failures: string[] = []
  const mounted = createMountedHtpasswd({
    access: store.access,
    file: isMounted ? path : undefined,
    onRead: (report) => reports.push(report),
    onFailure: (error) => failures.push(String(error)),
  })
  const polls = async () => {
    await mounted.poll()
    await mounted.poll()
  }
  /** `name:password` of those who may sign in. */
  const people = async () => {
    const accounts = await store.access.accounts({ limit: 100 })
    const able = accounts.filter((account) => account.source === 'htpasswd' && !account.disabled)
    const records = await Promise.all(able.map(({ name }) => store.access.password(name)))
    const words = new Map([
      [first, 'first'],
      [second, 'second'],
    ])
    return able.map(({ name }, at) => `${name}:${words.get(records[at]?.hash ?? '')}`)
  }
  const epoch = async (name: string) => (await store.access.account(name))?.epoch
  return { path, store, reports, failures, mounted, polls, people, epoch }
}

t.test('who is in the file may sign in', async (t) => {
  const { mounted, people, reports } = await mount(t, `ann:${first}\nbob:{SHA}x\nCarl:${second}\n`)
  await mounted.load()
  t.same(await people(), ['ann:first', 'carl:second'])
  t.match(reports, [{ users: 2, taken: [], problems: [{ line: 2 }] }])
})

t.test('a change counts as soon as the file is settled', async (t) => {
  const { path, mounted, polls, people, epoch } = await mount(t, `ann:${first}\nbob:${first}\n`)
  await mounted.load()
  const [ann, bob] = [await epoch('ann'), await epoch('bob')]
  writeFileSync(path, `ann:${second}\nzoe:${first}\n`)
  await mounted.poll()
  t.same(await people(), ['ann:first', 'bob:first'], 'it may still be written')
  await mounted.poll()
  t.same(await people(), ['ann:second', 'zoe:first'])
  t.not(await epoch('ann'), ann, 'what was signed in with the old password has ended')
  t.not(await epoch('bob'), bob)

  writeFileSync(`${path}.new`, `bob:${first}\n`)
  renameSync(`${path}.new`, path)
  await polls()
  t.same(await people(), ['bob:first'])
})

t.test('a file that stays the same changes nothing, also after a restart', async (t) => {
  const { mounted, polls, epoch, reports, store } = await mount(t, `ann:${first}\n`)
  await mounted.load()
  const [before, version] = [await epoch('ann'), await store.access.version()]
  await polls()
  t.equal(reports.length, 1)
  await mounted.load()
  t.equal(await epoch('ann'), before)
  t.equal(await store.access.version(), version)
})

t.test('a file that can not be read changes nothing, and is told of once', async (t) => {
  const { path, mounted, polls, people, failures } = await mount(t, `ann:${first}\n`)
  await mounted.load()
  rmSync(path)
  await polls()
  await polls()
  t.same(await people(), ['ann:first'])
  t.equal(failures.length, 1)
  t.match(failures, [/users\.htpasswd: the file of auth\.htpasswd can't be read: ENOENT/])
  writeFileSync(path, `bob:${second}\n`)
  await polls()
  t.same(await people(), ['bob:second'])
  writeFileSync(path, Buffer.alloc(4 * 1024 * 1024 + 1))
  await polls()
  t.same(await people(), ['bob:second'])
  t.match(failures.at(-1), /at most 4194304 are read/)
})

t.test('without the file the registry does not start', async (t) => {
  const { path, mounted } = await mount(t, '')
  rmSync(path)
  await t.rejects(mounted.load(), { message: /users\.htpasswd: .* can't be read: ENOENT/ })
})

t.test('names that others have are left out', async (t) => {
  const { mounted, store, people, reports } = await mount(t, `ann:${first}\nbob:${first}\n`)
  const person = { kind: 'person', source: 'local', admin: true, passwordHash: 'own' } as const
  await store.access.createAccount({ name: 'ann', ...person })
  await mounted.load()
  t.same(await people(), ['bob:first'])
  t.match(await store.access.password('ann'), { hash: 'own' })
  t.match(reports, [{ users: 1, taken: ['ann'] }])
})

t.test('when no file is configured any more, nobody comes from it', async (t) => {
  const { mounted, store, people } = await mount(t, '', false)
  await store.access.replaceSource('htpasswd', ['ann'])
  await store.access.changeAccount('ann', { passwordHash: first })
  t.same(await people(), ['ann:first'])
  await mounted.load()
  await mounted.poll()
  t.same(await people(), [])
})
