import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import t from 'tap'
import { startPullRounds } from '../../../src/server/pull-rounds.ts'

function start(options: { enabled?: boolean; flushInterval?: number; fail?: boolean } = {}) {
  const { enabled = true, flushInterval = 10, fail = false } = options
  const lines: string[] = []
  const logger = pino({ level: 'info' }, { write: (line: string) => lines.push(line) })
  let flushes = 0
  const flush = async () => {
    flushes += 1
    if (fail) throw new Error('the disk is full')
  }
  let finished = 0
  const finish = async () => {
    finished += 1
    if (fail) throw new Error('the disk is full')
  }
  const rounds = startPullRounds({ flush, finish }, { enabled, flushInterval }, logger)
  return { rounds, flushes: () => flushes, finished: () => finished, log: () => lines.join('') }
}

t.test('pulls are written again and again, whatever fails', async (t) => {
  const { rounds, flushes, log } = start({ fail: true })
  const deadline = performance.now() + 5000
  while (flushes() < 3 && performance.now() < deadline) await sleep(5)
  t.ok(flushes() >= 3)
  t.match(log(), /the disk is full.*it is tried again/)
  t.notMatch(log(), /are lost/)
  await rounds.stop()
  t.match(log(), /the last counted pulls could not be written and are lost/)
})

t.test('the last ones are written at the end', async (t) => {
  const { rounds, flushes, finished, log } = start({ flushInterval: 60_000 })
  await rounds.stop()
  t.equal(flushes(), 0)
  t.equal(finished(), 1)
  t.equal(log(), '')
})

t.test('switched off nothing is done', async (t) => {
  const { rounds, flushes, finished } = start({ enabled: false })
  await sleep(40)
  await rounds.stop()
  t.equal(flushes() + finished(), 0)
})
