import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createJunction } from '../../../../src/services/pulls/junction.ts'
import { machineTime, type Step } from '../../../../src/services/pulls/step.ts'
import { stepAt } from './steps.ts'

t.test('steps of several processes are followed in the order they were done in', async (t) => {
  const followed: string[] = []
  const follow = (step: Step) => {
    followed.push(step.client)
    return undefined
  }
  const junction = createJunction({
    follow,
    onFailure: (error) => t.fail(String(error)),
    clock: () => 0,
  })
  junction.add([stepAt(2), stepAt(5), stepAt(6)])
  junction.add([stepAt(1), stepAt(3.5), stepAt(3.25)])
  t.same(followed, [])
  await junction.settle()
  t.same(followed, ['1', '2', '3.25', '3.5', '5', '6'])
})

t.test('a step waits for others, but not for ever', async (t) => {
  const followed: number[] = []
  const follow = (step: Step) => {
    followed.push(machineTime() - step.at)
    return undefined
  }
  const junction = createJunction({
    follow,
    onFailure: (error) => t.fail(String(error)),
    clock: machineTime,
  })
  junction.add([stepAt(machineTime())])
  const deadline = performance.now() + 20_000
  while (followed.length === 0 && performance.now() < deadline) await sleep(20)
  t.equal(followed.length, 1)
  t.ok((followed[0] ?? 0) >= 500, `after ${followed[0]} ms`)
  junction.add([stepAt(1, 'late')])
  await junction.settle()
  t.equal(followed.length, 2, 'one that comes late is followed, too')
})

t.test('the next step comes after what the one before asked for, failed or not', async (t) => {
  const events: string[] = []
  const failures: unknown[] = []
  const junction = createJunction({
    async follow({ client }) {
      events.push(`${client} begins`)
      await sleep(5)
      events.push(`${client} ends`)
      if (client === '1') throw new Error('the store is away')
    },
    onFailure: (error) => failures.push(error),
    clock: () => 0,
  })
  junction.add([stepAt(1), stepAt(2)])
  const first = junction.settle()
  junction.add([stepAt(0)])
  await Promise.all([first, junction.settle()])
  t.same(
    events,
    ['1', '2', '0'].flatMap((client) => [`${client} begins`, `${client} ends`]),
  )
  t.match(failures, [/the store is away/])
})

t.test('of more steps than may wait the last are left out', async (t) => {
  let followed = 0
  const follow = () => {
    followed += 1
    return undefined
  }
  const junction = createJunction({
    follow,
    onFailure: (error) => t.fail(String(error)),
    clock: () => 0,
    capacity: 1200,
  })
  for (let n = 0; n < 3; n++) junction.add(Array.from({ length: 500 }, (_, at) => stepAt(at)))
  await junction.settle()
  t.equal(followed, 1200)
  junction.add([stepAt(1)])
  await junction.settle()
  t.equal(followed, 1201)
})
