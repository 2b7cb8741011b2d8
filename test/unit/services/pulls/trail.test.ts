import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Step } from '../../../../src/services/pulls/step.ts'
import { createTrail, sentWithin } from '../../../../src/services/pulls/trail.ts'
import { stepAt } from './steps.ts'

t.test('steps leave together, and soon', async (t) => {
  const sent: number[] = []
  const trail = createTrail(
    async (steps) => void sent.push(steps.length),
    (error) => t.fail(String(error)),
  )
  for (const at of [1, 2, 3]) trail.note(stepAt(at))
  t.same(sent, [])
  await sleep(sentWithin + 500)
  t.same(sent, [3])
  for (let n = 0; n < 2500; n++) trail.note(stepAt(n))
  t.same(sent, [3, 1000, 1000], 'at once, when they are many')
  await trail.settle()
  t.same(sent, [3, 1000, 1000, 500])
})

t.test(
  'of a client that asks very often some steps are left out, until the next leave',
  async (t) => {
    const trail = createTrail(
      async () => {},
      (error) => t.fail(String(error)),
    )
    const admitted = (client: string) =>
      Array.from({ length: 100 }, () => trail.admits(client)).filter(Boolean).length
    t.equal(admitted('a'), 64)
    t.equal(admitted('b'), 64)
    t.equal(admitted('a'), 0)
    trail.note(stepAt(1))
    await trail.settle()
    t.equal(admitted('a'), 64)
  },
)

t.test('who settles waits until all have arrived', async (t) => {
  const arrived: Step[] = []
  const trail = createTrail(
    async (steps) => {
      await sleep(20)
      arrived.push(...steps)
    },
    (error) => t.fail(String(error)),
  )
  for (let n = 0; n < 1001; n++) trail.note(stepAt(n))
  await trail.settle()
  t.equal(arrived.length, 1001)
})

t.test('steps that do not arrive are told of, once', async (t) => {
  const failures: unknown[] = []
  const trail = createTrail(
    async () => {
      throw new Error('the process that was asked has ended')
    },
    (error) => failures.push(error),
  )
  trail.note(stepAt(1))
  await trail.settle()
  await trail.settle()
  t.match(failures, [/has ended/])
})
