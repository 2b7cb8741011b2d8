import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import t from 'tap'
import { startSweeper } from '../../../src/server/sweeper.ts'

t.test('rounds follow one another, survive failures and end when asked', async (t) => {
  const lines: string[] = []
  const logger = pino({ level: 'info' }, { write: (line: string) => lines.push(line) })
  let rounds = 0
  let atOnce = 0
  const sweep = async () => {
    t.equal(++atOnce, 1, 'one at a time')
    await sleep(5)
    atOnce--
    if (++rounds === 1) throw new Error('disk is away')
    return { uploads: 2, objects: 0 }
  }
  const sweeper = startSweeper({ sweep }, 5, logger)
  const deadline = performance.now() + 5000
  while (rounds < 3 && performance.now() < deadline) await sleep(5)
  await sweeper.stop()
  const ended = rounds
  t.ok(ended >= 3)
  t.equal(atOnce, 0, 'stop waits for the round under way')
  await sleep(40)
  t.equal(rounds, ended)
  t.match(lines.join(''), /disk is away/)
  t.match(lines.join(''), /"uploads":2/)
})
