import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createKeyedLock } from '../../../src/services/keyed-lock.ts'

t.test('work on one key runs in order, one at a time', async (t) => {
  const lock = createKeyedLock()
  const events: string[] = []
  const work = (name: string, ms: number) => async () => {
    events.push(`${name} begins`)
    await sleep(ms)
    events.push(`${name} ends`)
    return name
  }
  const results = await Promise.all([
    lock.run('key', work('a', 20)),
    lock.run('key', work('b', 1)),
    lock.run('key', work('c', 5)),
  ])
  t.same(results, ['a', 'b', 'c'])
  t.same(events, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
})

t.test('other keys do not wait', async (t) => {
  const lock = createKeyedLock()
  let release = () => {}
  const held = lock.run('one', () => new Promise<void>((resolve) => (release = resolve)))
  t.equal(await lock.run('two', async () => 'done'), 'done')
  t.equal(lock.isHeld('one'), true)
  t.equal(lock.isHeld('two'), false, 'and are forgotten when they are done')
  release()
  await held
  t.equal(lock.isHeld('one'), false)
})

t.test('a failure is its own caller alone', async (t) => {
  const lock = createKeyedLock()
  const failing = lock.run('key', () => Promise.reject(new Error('first')))
  const next = lock.run('key', async () => 'second')
  await t.rejects(failing, { message: 'first' })
  t.equal(await next, 'second')
})
