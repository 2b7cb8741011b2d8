import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createPasswords } from '../../../../src/services/passwords/create.ts'
import { newSetUpCode } from '../../../../src/services/set-up/code.ts'
import { createSetUp } from '../../../../src/services/set-up/create.ts'
import type { NewActivity } from '../../../../storage/metadata/activity/store.ts'
import { openSqlite } from '../../../../storage/metadata/sqlite/open.ts'

const password = 'correct horse battery'

async function create(t: Test) {
  const { access, close } = openSqlite({ file: join(t.testdir(), 'metadata.db') })
  t.teardown(close)
  const passwords = createPasswords({ cost: { logN: 4, r: 8, p: 1 } })
  const noted: NewActivity[] = []
  const activity = { note: (entry: NewActivity) => noted.push(entry) }
  const open = () => createSetUp({ access, passwords, activity })
  const setUp = open()
  const claim = (code: string | undefined, rest = {}) =>
    setUp.claim({ code: code ?? '', name: 'Root', password, client: '192.0.2.1', ...rest })
  return { access, passwords, setUp, claim, noted, open }
}

t.test('the code makes the first administrator, once', async (t) => {
  const { access, passwords, setUp, claim, noted } = await create(t)
  const code = await setUp.open()
  t.match(code, /^[A-Z2-9]{5}(-[A-Z2-9]{5}){3}$/)
  t.match(await claim(code?.toLowerCase().replaceAll('-', ' ')), {
    account: { name: 'root', admin: true, kind: 'person', source: 'local' },
  })
  const record = await access.password('root')
  t.match(await passwords.verify(record?.hash, password, 'net'), { fits: true })
  t.match(noted, [{ action: 'account', actor: 'root', client: '192.0.2.1' }])
  t.notMatch(JSON.stringify(noted), code)
  t.same(await claim(code, { name: 'second' }), { refused: 'closed' })
  t.equal(await setUp.open(), undefined)
})

t.test('codes are long, and new each time; the one before is void', async (t) => {
  const codes = new Set(Array.from({ length: 1000 }, newSetUpCode))
  t.equal(codes.size, 1000)
  const { setUp, claim } = await create(t)
  const [before, after] = [await setUp.open(), await setUp.open()]
  t.not(before, after)
  t.same(await claim(before), { refused: 'wrong' })
  t.match(await claim(after), { account: { name: 'root' } })
})

t.test('nothing can be claimed before a code was given out', async (t) => {
  const { claim } = await create(t)
  for (const code of ['', 'AAAAA-AAAAA-AAAAA-AAAAA']) {
    t.same(await claim(code), { refused: 'closed' })
  }
})

t.test('a code of one start is void at the next', async (t) => {
  const { setUp, open } = await create(t)
  const code = await setUp.open()
  const next = open()
  await next.open()
  const outcome = await next.claim({ code: code ?? '', name: 'root', password, client: '::1' })
  t.same(outcome, { refused: 'wrong' })
})

t.test('an administrator who was made in another way makes the code void', async (t) => {
  const { access, setUp, claim } = await create(t)
  const code = await setUp.open()
  await access.createAccount({ name: 'ops', kind: 'person', source: 'local', admin: true })
  t.same(await claim(code), { refused: 'closed' })
  t.equal(await access.account('root'), undefined)
})

t.test('of many who use it at the same time one succeeds', async (t) => {
  const { setUp, claim } = await create(t)
  const code = await setUp.open()
  const names = ['a', 'b', 'c', 'd']
  const outcomes = await Promise.all(names.map((name) => claim(code, { name })))
  t.equal(outcomes.filter((outcome) => 'account' in outcome).length, 1)
})

t.test('a name or password that will not do leaves the code valid', async (t) => {
  const { access, setUp, claim } = await create(t)
  await access.createAccount({ name: 'ann', kind: 'person', source: 'htpasswd', admin: false })
  const code = await setUp.open()
  const cases = [
    [{ password: 'short' }, { field: 'password', problem: /the password has 5 characters/ }],
    [{ name: '../etc' }, { field: 'name', problem: /can be no name/ }],
    [{ name: 'operator' }, { field: 'name', problem: /reserved/ }],
    [{ name: 'ann' }, { field: 'name', problem: /ann is taken/ }],
  ] as const
  for (const [rest, expected] of cases) {
    t.match(await claim(code, rest), { refused: 'invalid', ...expected })
  }
  t.match(await claim(code), { account: { name: 'root' } })
})

t.test('who tries codes has to wait, and with the right one as well', async (t) => {
  const { setUp, claim } = await create(t)
  const code = await setUp.open()
  for (let guess = 0; guess < 10; guess++) {
    t.same(await claim(newSetUpCode()), { refused: 'wrong' })
  }
  t.match(await claim(code), { refused: 'throttled', retryAfterSeconds: Number })
  t.match(await claim(code, { client: '198.51.100.1' }), { account: { name: 'root' } })
})
