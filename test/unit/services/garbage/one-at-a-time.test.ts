import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { createOneAtATime } from '../../../../src/services/garbage/one-at-a-time.ts'

interface Begun {
  readonly wish: string
  end(result: string): void
  fail(error: Error): void
}

/** A work that ends when it is told to. */
function create() {
  const begun: Begun[] = []
  const run = createOneAtATime(
    (wish: string) =>
      new Promise<string>((resolve, reject) => {
        begun.push({ wish, end: resolve, fail: reject })
      }),
    (first, other) => `${first}+${other}`,
  )
  return { begun, run, wishes: () => begun.map(({ wish }) => wish) }
}

t.test(
  'who asks while it is done shares the next one, with all that is wanted of it',
  async (t) => {
    const { begun, run, wishes } = create()
    const first = run('a')
    await turn()
    const others = [run('b'), run('c'), run('d')]
    await turn()
    t.same(wishes(), ['a'], 'one at a time')
    begun[0]?.end('first')
    t.equal(await first, 'first')
    await turn()
    t.same(wishes(), ['a', 'b+c+d'])
    const later = run('e')
    begun[1]?.end('second')
    t.same(await Promise.all(others), ['second', 'second', 'second'])
    await turn()
    t.same(wishes(), ['a', 'b+c+d', 'e'], 'what came after it began is done after it')
    begun[2]?.end('third')
    t.equal(await later, 'third')
  },
)

t.test('a failure is told to those who asked for it, and the next one is done', async (t) => {
  const { begun, run } = create()
  const first = run('a')
  await turn()
  const second = run('b')
  begun[0]?.fail(new Error('broken'))
  await t.rejects(first, { message: 'broken' })
  await turn()
  begun[1]?.end('well')
  t.equal(await second, 'well')
})
