import { hash as bcryptHash } from 'bcryptjs'
import t from 'tap'
import { createBcryptCompare } from '../../../../src/services/passwords/bcrypt/compare.ts'
import { createPasswords } from '../../../../src/services/passwords/create.ts'

const cost = { logN: 4, r: 8, p: 1 }

/** Bcrypt that tells what it was asked for. */
function createCompare(fits = false) {
  const hashes: string[] = []
  const compareBcrypt = async (_password: string, hash: string) => {
    hashes.push(hash)
    return fits
  }
  return { hashes, compareBcrypt }
}

const bcryptText = `$2y$05$${'a'.repeat(53)}`

t.test('what was hashed fits, and what has another cost is to be hashed anew', async (t) => {
  const passwords = createPasswords({ cost })
  const stronger = createPasswords({ cost: { ...cost, logN: 5 } })
  const stored = await passwords.hash('correct horse battery')
  const verify = (of: typeof passwords, password: string) => of.verify(stored, password, 'net')
  t.same(await verify(passwords, 'correct horse battery'), { fits: true, outdated: false })
  t.same(await verify(stronger, 'correct horse battery'), { fits: true, outdated: true })
  t.same(await verify(passwords, 'correct horse batter'), { fits: false, outdated: false })
})

t.test('what nobody can have, or is stored in another way, fits nothing', async (t) => {
  const passwords = createPasswords({ cost })
  for (const stored of [undefined, '', 'plain', '$apr1$x$y', '$6$salt$hash']) {
    const verdict = await passwords.verify(stored, stored ?? 'x', 'net')
    t.same(verdict, { fits: false, outdated: false }, String(stored))
  }
  const long = 'x'.repeat(1025)
  const stored = await passwords.hash(long)
  t.match(await passwords.verify(stored, long, 'net'), { fits: false }, 'more than 1024 bytes')
})

t.test('bcrypt hashes are checked, but for passwords it would cut', async (t) => {
  const { hashes, compareBcrypt } = createCompare(true)
  const passwords = createPasswords({ cost, compareBcrypt })
  const verify = (password: string) => passwords.verify(bcryptText, password, 'net')
  t.same(await verify('x'.repeat(72)), { fits: true, outdated: true })
  t.equal(hashes.length, 1)
  for (const cut of ['x'.repeat(73), 'ä'.repeat(37), 'abc\0def']) {
    t.match(await verify(cut), { fits: false }, cut)
  }
  t.notOk(hashes.slice(1).includes(bcryptText), 'the stored hash is not asked')
})

t.test('a refusal costs one hash of each kind there is, whoever it was', async (t) => {
  const { hashes, compareBcrypt } = createCompare()
  const passwords = createPasswords({ cost, compareBcrypt })
  const scryptText = await passwords.hash('correct horse battery')
  const costs: number[] = []
  for (const stored of [bcryptText, scryptText, undefined, bcryptText]) {
    const before = hashes.length
    await passwords.verify(stored, 'wrong', 'net')
    costs.push(hashes.length - before)
  }
  t.same(costs, [1, 1, 1, 1])
})

t.test('kinds of hashes that are known stay few', async (t) => {
  const { hashes, compareBcrypt } = createCompare()
  const passwords = createPasswords({ cost, compareBcrypt })
  for (let bcrypt = 4; bcrypt <= 16; bcrypt++) {
    const text = `$2b$${String(bcrypt).padStart(2, '0')}$${'a'.repeat(53)}`
    await passwords.verify(text, 'wrong', 'net')
  }
  const before = hashes.length
  await passwords.verify(undefined, 'wrong', 'net')
  t.equal(hashes.length - before, 5)
})

t.test('names that are there and names that are not take the same time', async (t) => {
  const passwords = createPasswords({ cost: { logN: 13, r: 8, p: 1 } })
  const stored = await passwords.hash('correct horse battery')
  // Time of the processor in all threads: others on the machine change how long it takes, but not this.
  const spent = { known: 0, unknown: 0 }
  for (let round = 0; round < 25; round++) {
    for (const kind of ['known', 'unknown'] as const) {
      const before = process.cpuUsage()
      await passwords.verify(kind === 'known' ? stored : undefined, 'wrong', 'net')
      const { user, system } = process.cpuUsage(before)
      spent[kind] += user + system
    }
  }
  const { known, unknown } = spent
  t.ok(unknown > known * 0.7 && unknown < known * 1.4, `${known} µs and ${unknown} µs`)
})

t.test('too many at once are refused, with how long to wait', async (t) => {
  const gate = { atOnce: 1, waiting: 1, waitingOfOne: 1 }
  const passwords = createPasswords({ cost, gate })
  const first = passwords.hash('correct horse battery')
  const second = passwords.verify(undefined, 'x', 'net')
  t.equal(passwords.verify(undefined, 'x', 'net'), undefined)
  await t.rejects(passwords.hash('correct horse battery'), {
    code: 'UNAVAILABLE',
    status: 503,
    headers: { 'Retry-After': '5' },
  })
  await Promise.all([first, second])
})

t.test('twenty sign-ins at once, of both kinds, do not hold up the event loop', async (t) => {
  const passwords = createPasswords()
  const stored = [await passwords.hash('correct horse battery'), await bcryptHash('correct', 10)]
  // The thread is there before, for to start one takes a moment.
  await passwords.verify(stored[1], 'correct', 'net')
  const before = performance.eventLoopUtilization()
  const verdicts = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      passwords.verify(
        stored[index % 2],
        ['correct horse battery', 'correct'][index % 2] ?? '',
        'n',
      ),
    ),
  )
  const { active } = performance.eventLoopUtilization(before)
  t.ok(verdicts.every((verdict) => verdict?.fits))
  // Ten bcrypt checks alone take 600 ms, ten of scrypt 1900.
  t.ok(active < 300, `the event loop was busy for ${active} ms`)
})

t.test('the thread for bcrypt comes and goes, and its failures are told', async (t) => {
  const compare = createBcryptCompare(1)
  const stored = await bcryptHash('correct', 4)
  t.equal(await compare('correct', stored), true)
  await new Promise((resolve) => setTimeout(resolve, 50))
  const both = await Promise.all([compare('correct', stored), compare('wrong', stored)])
  t.same(both, [true, false])
  await t.rejects(compare('correct', undefined as unknown as string), /string/)
  t.equal(await compare('correct', stored.replace('$2b$', '$2y$')), true)
})
