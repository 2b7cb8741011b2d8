import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { createTurnLines, isoTime } from '../../../src/server/turn-lines.ts'

t.test('the lines of one turn are written together, in their order', async (t) => {
  const written: string[] = []
  const lines = createTurnLines({ write: (text) => written.push(text) })
  lines.write('one\n')
  lines.write('two\n')
  t.same(written, [])
  await nextTurn()
  t.same(written, ['one\ntwo\n'])
  lines.write('three\n')
  await nextTurn()
  await nextTurn()
  t.same(written, ['one\ntwo\n', 'three\n'], 'nothing is written twice')
})

t.test(
  'lines go out whole, and no more of them at once than a pipe takes in one piece',
  async (t) => {
    const written: string[] = []
    const lines = createTurnLines({ write: (text) => written.push(text) })
    const line = `${'ü'.repeat(499)}\n`
    for (let n = 0; n < 10; n++) lines.write(line)
    lines.write(`${'x'.repeat(9000)}\n`)
    lines.write(line)
    await nextTurn()
    t.same(
      written.map((text) => text.split('\n').length - 1),
      [4, 4, 2, 1, 1],
    )
    t.ok(written.every((text) => text.endsWith('\n')))
  },
)

t.test('what waits when the process exits is written', async (t) => {
  const written: string[] = []
  const before = new Set(process.listeners('exit'))
  const lines = createTurnLines({ write: (text) => written.push(text) })
  const [flush] = process.listeners('exit').filter((listener) => !before.has(listener))
  lines.write('last words\n')
  flush?.(0)
  t.same(written, ['last words\n'])
  await nextTurn()
  t.equal(written.length, 1)
})

t.test('the time is ISO 8601 in UTC, to the millisecond', async (t) => {
  const { now } = Date
  t.teardown(() => {
    Date.now = now
  })
  for (const at of [0, 7, 999, 1_000, 1_700_000_000_123, 1_700_000_000_999, 1_699_999_999_001]) {
    Date.now = () => at
    t.equal(isoTime(), `,"time":"${new Date(at).toISOString()}"`)
  }
})
