import t from 'tap'
import { createGate } from '../../../../src/services/passwords/gate.ts'

/** Work that ends when it is told to. */
function createWork() {
  const ends: (() => void)[] = []
  return {
    begun: () => ends.length,
    endOne: () => ends.shift()?.(),
    work: () => new Promise<void>((resolve) => ends.push(resolve)),
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

t.test('work beyond the limit waits, and is refused when too much waits', async (t) => {
  const gate = createGate({ atOnce: 2, waiting: 3, waitingOfOne: 2 })
  const { work, begun, endOne } = createWork()
  const passed = ['a', 'a', 'a', 'a'].map((source) => gate.pass(source, work))
  t.equal(begun(), 2)
  t.ok(passed.every((one) => one !== undefined))
  t.equal(gate.pass('a', work), undefined, 'one source does not take all places')
  const other = gate.pass('b', work)
  t.not(other, undefined, 'another source has room')
  t.equal(gate.pass('c', work), undefined, 'nobody has when all places are taken')

  endOne()
  await passed[0]
  await turn()
  t.equal(begun(), 2, 'the next one has begun')
  for (let left = 4; left > 0; left--) {
    endOne()
    await turn()
  }
  await Promise.all([...passed, other])
  t.equal(begun(), 0)
})

t.test('work that fails lets the next one begin', async (t) => {
  const gate = createGate({ atOnce: 1, waiting: 2, waitingOfOne: 2 })
  const first = gate.pass('a', () => Promise.reject(new Error('broken')))
  const second = gate.pass('a', async () => 'done')
  await t.rejects(first ?? Promise.resolve(), { message: 'broken' })
  t.equal(await second, 'done')
  t.equal(await gate.pass('a', async () => 'again'), 'again')
})
