import t from 'tap'
import { createRecorder } from '../../e2e/history/recorder.ts'

t.test('requests are kept with their answers, sorted by their starts', async (t) => {
  const recorder = createRecorder<string, number>()
  let answer = (_: number) => {}
  const slow = recorder.record(1, 'slow', () => new Promise((settle) => (answer = settle)))
  t.throws(() => recorder.history(), /under way/)
  await recorder.record(2, 'fast', async () => 200)
  answer(201)
  t.equal(await slow, 201)
  await recorder.record(1, 'later', async () => 202)
  const [first, second, third] = recorder.history()
  t.match(first, { connection: 1, request: 'slow', answer: 201 })
  t.match(second, { connection: 2, request: 'fast', answer: 200 })
  t.ok(first && second && third)
  if (!first || !second || !third) return
  t.ok(first.start < second.start && second.end < first.end, 'they ran at the same time')
  t.ok(first.end < third.start && second.end < third.start, 'and this one after them')
})

t.test('a request without an answer never ends', async (t) => {
  const recorder = createRecorder<string, number>()
  t.equal(await recorder.record(1, 'lost', async () => undefined), undefined)
  t.match(recorder.history(), [{ answer: undefined, end: Number.POSITIVE_INFINITY }])
})
