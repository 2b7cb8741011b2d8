import t from 'tap'
import { type AttemptDeps, createAttempts } from '../../../../src/services/sign-in/attempts.ts'
import { createSlidingCount } from '../../../../src/services/sign-in/window.ts'

function create(limits: Partial<AttemptDeps> = {}) {
  const time = { now: 1_000_000 }
  const attempts = createAttempts({
    failureWindow: 60_000,
    failuresPerAccount: 3,
    failuresPerNetwork: 5,
    clock: () => time.now,
    ...limits,
  })
  /** Seconds to wait; 0 if it was let through, and failed. */
  const fail = (account: string, network = 'net') => {
    const begun = attempts.begin(account, network)
    return 'retryAfterSeconds' in begun ? begun.retryAfterSeconds : 0
  }
  return { time, attempts, fail }
}

t.test('who fails too often waits until the failures are forgotten', async (t) => {
  const { time, fail } = create()
  t.same([fail('ann'), fail('ann'), fail('ann')], [0, 0, 0])
  const wait = fail('ann')
  t.ok(wait >= 60 && wait <= 63, `${wait} seconds`)
  time.now += wait * 1000 - 2000
  t.ok(fail('ann') > 0)
  time.now += 2000
  t.equal(fail('ann'), 0)
})

t.test('the window slides: early failures are forgotten first', async (t) => {
  const { time, fail } = create()
  fail('ann')
  time.now += 30_000
  t.same([fail('ann'), fail('ann')], [0, 0])
  const wait = fail('ann')
  t.ok(wait > 27 && wait <= 33, `${wait} seconds`)
  time.now += wait * 1000
  t.equal(fail('ann'), 0)
  t.ok(fail('ann') > 20, 'the two that came later still count')
})

t.test('waiting does not get longer by asking', async (t) => {
  const { time, fail } = create()
  for (let round = 0; round < 50; round++) fail('ann')
  time.now += 63_000
  t.equal(fail('ann'), 0)
})

t.test('an account is throttled for the network it failed from alone', async (t) => {
  const { fail } = create()
  for (let round = 0; round < 4; round++) fail('ann', 'stranger')
  t.ok(fail('ann', 'stranger') > 0)
  t.equal(fail('ann', 'home'), 0)
  t.equal(fail('bob', 'stranger'), 0)
})

t.test('a network is throttled whatever the accounts', async (t) => {
  const { fail } = create()
  t.same(
    ['a', 'b', 'c', 'd', 'e'].map((name) => fail(name)),
    [0, 0, 0, 0, 0],
  )
  t.ok(fail('f') > 0)
  t.equal(fail('f', 'elsewhere'), 0)
})

t.test('an attempt that passes is not counted, and clears nothing', async (t) => {
  const { attempts, fail } = create()
  const pass = (account: string) => {
    const begun = attempts.begin(account, 'net')
    if ('passed' in begun) begun.passed()
    return 'passed' in begun
  }
  for (let round = 0; round < 20; round++) t.ok(pass('ann'))
  t.same([fail('bob'), fail('bob')], [0, 0])
  t.ok(pass('bob'))
  t.equal(fail('bob'), 0)
  t.notOk(pass('bob'), 'the right password waits as well')
  t.ok(pass('ann'))
})

t.test('no more are let through at the same time than may fail', async (t) => {
  const { attempts } = create()
  const begun = Array.from({ length: 10 }, () => attempts.begin('ann', 'net'))
  t.equal(begun.filter((one) => 'passed' in one).length, 3)
})

t.test('0 sets no limit', async (t) => {
  const { fail } = create({ failuresPerAccount: 0, failuresPerNetwork: 0 })
  for (let round = 0; round < 1000; round++) if (fail('ann') !== 0) t.fail('throttled')
  const own = create({ failuresPerAccount: 0 })
  t.same(
    Array.from({ length: 6 }, () => own.fail('ann') > 0),
    [...Array(5).fill(false), true],
  )
})

t.test('memory is bounded: what failed longest ago is forgotten', async (t) => {
  const time = { now: 0 }
  const options = { window: 60_000, limit: 2, clock: () => time.now, capacity: 100 }
  const counts = createSlidingCount(options)
  for (let key = 0; key < 1000; key++) {
    counts.add('busy')
    counts.add(String(key))
  }
  t.equal(counts.size(), 100)
  t.ok(counts.wait('busy') > 0, 'what goes on failing is not forgotten')
  t.equal(counts.wait('0'), 0)
  time.now += 70_000
  for (let key = 900; key < 1000; key++) counts.wait(String(key))
  counts.wait('busy')
  t.equal(counts.size(), 0)
})

t.test('a high limit takes no more memory than a low one', async (t) => {
  const time = { now: 0 }
  const counts = createSlidingCount({
    window: 86_400_000,
    limit: 1_000_000,
    clock: () => time.now,
    capacity: 10,
  })
  const before = process.memoryUsage().heapUsed
  for (let round = 0; round < 1_000_000; round++) {
    counts.add('key')
    time.now += 10
  }
  t.ok(counts.wait('key') > 0)
  t.ok(process.memoryUsage().heapUsed - before < 50_000_000)
})
