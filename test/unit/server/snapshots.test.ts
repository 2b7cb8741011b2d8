import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import t from 'tap'
import { startSnapshots } from '../../../src/server/snapshots.ts'
import type { SnapshotRound } from '../../../src/services/snapshots.ts'

function createLog() {
  const lines: string[] = []
  const logger = pino({ level: 'info' }, { write: (line: string) => lines.push(line) })
  return { logger, text: () => lines.join('') }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000
  while (!condition() && performance.now() < deadline) await sleep(5)
}

t.test('snapshots are made at once, again and again, and a failure is tried again', async (t) => {
  const { logger, text } = createLog()
  let rounds = 0
  const round = async (): Promise<SnapshotRound> => {
    rounds++
    if (rounds === 2) throw new Error('the disk is full')
    return { taken: { file: '/snapshots/a.db', takenAt: 1 }, nextIn: 10 }
  }
  const running = startSnapshots({ round }, 20, logger)
  await until(() => rounds >= 3)
  await running.stop()
  const ended = rounds
  t.ok(ended >= 3)
  t.match(text(), /copied the metadata.*\n.*copying the metadata failed; it is tried again/)
  t.match(text(), /the disk is full/)
  await sleep(60)
  t.equal(rounds, ended, 'none begins after the end')
})

t.test('stopping gives one up that is under way, without a word', async (t) => {
  const { logger, text } = createLog()
  let given: AbortSignal | undefined
  const round = async (signal?: AbortSignal): Promise<SnapshotRound> => {
    given = signal
    while (!signal?.aborted) await sleep(5)
    throw signal.reason
  }
  const running = startSnapshots({ round }, 1000, logger)
  await until(() => given !== undefined)
  await running.stop()
  t.ok(given?.aborted)
  t.equal(text(), '')
})

t.test('an interval of 0 makes none', async (t) => {
  let rounds = 0
  const round = async (): Promise<SnapshotRound> => ({ taken: undefined, nextIn: ++rounds })
  const running = startSnapshots({ round }, 0, createLog().logger)
  await sleep(50)
  await running.stop()
  t.equal(rounds, 0)
})
