import t from 'tap'
import { createRequestPermits } from '../../../../src/services/allowances/request-permits.ts'
import { createSchedule, maxRemembered } from '../../../../src/services/allowances/schedule.ts'

function stage(rate: number, burst: number) {
  const clock = { time: 1000 }
  return { clock, schedule: createSchedule({ rate, burst, now: () => clock.time }) }
}

t.test('a burst is given at once, then as many a second as the rate says', async (t) => {
  const { clock, schedule } = stage(10, 5)
  t.same(schedule.take('a', 3), { given: 3, wait: 0 })
  t.same(schedule.take('a', 3), { given: 2, wait: 0 }, 'what is left of it')
  t.same(schedule.take('a', 1), { given: 0, wait: 100 })
  t.same(schedule.take('b', 1), { given: 1, wait: 0 }, 'others have their own')
  let given = 0
  for (let step = 0; step < 1000; step++) {
    clock.time += 10
    given += schedule.take('a', 1).given
  }
  t.equal(given, 100)
  clock.time += 60_000
  t.same(schedule.take('a', 100), { given: 5, wait: 0 }, 'a pause gives one burst, not more')
})

t.test('what was not used can be used again', async (t) => {
  const { schedule } = stage(1, 4)
  schedule.take('a', 4)
  schedule.giveBack('a', 2)
  t.equal(schedule.take('a', 9).given, 2)
  schedule.giveBack('never seen', 5)
  t.equal(schedule.take('never seen', 9).given, 4)
})

t.test('bytes are always given, and each waits for those before it', async (t) => {
  const { clock, schedule } = stage(1000, 250)
  t.equal(schedule.reserve('a', 250), 0)
  t.equal(schedule.reserve('a', 500), 500)
  t.equal(schedule.reserve('a', 500), 1000)
  clock.time += 1000
  t.equal(schedule.reserve('a', 0), 0)
  t.equal(schedule.reserve('a', 100), 100)
})

t.test('however many come, no more than so many are remembered', async (t) => {
  const { clock, schedule } = stage(1, 10)
  for (let index = 0; index < maxRemembered + 5000; index++) schedule.take(`a${index}`, 1)
  t.ok(schedule.size <= maxRemembered + 1, `${schedule.size}`)
  clock.time += 60_000
  for (let index = 0; index < 40_000; index++) schedule.take(`b${index % 10}`, 1)
  t.ok(schedule.size <= 20, `those that may take a burst are forgotten: ${schedule.size} left`)
})

t.test(
  'a process asks for some at once, uses them without asking, and gives back the rest',
  async (t) => {
    const asked: number[] = []
    const back: [string, number][] = []
    const grants = [4, 1, 0]
    const permits = createRequestPermits({
      allowances: {
        batch: 4,
        takeRequests: async (_client, wanted) => {
          asked.push(wanted)
          return { given: grants.shift() ?? 0, wait: 60_000 }
        },
        giveBackRequests: (unused) => void back.push(...unused),
      },
    })
    t.teardown(permits.stop)
    t.equal(await permits.use('a'), undefined)
    for (let count = 0; count < 3; count++) t.equal(permits.use('a'), undefined, 'at once')
    t.equal(await permits.use('a'), undefined)
    t.equal(await permits.use('a'), 60_000)
    t.ok(Number(permits.use('a')) > 50_000, 'it is known that asking is no use')
    t.same(asked, [4, 4, 4])
    permits.giveBack('b')
    await new Promise((resolve) => setTimeout(resolve, 1100))
    t.same(back, [['b', 1]])
  },
)
