import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import t from 'tap'
import { startRetention } from '../../../src/server/retention.ts'
import type { RetentionReport } from '../../../src/services/retention/run.ts'

const report: RetentionReport = {
  repositories: 2,
  tags: 10,
  droppedTags: 3,
  droppedManifests: 1,
  failed: 0,
  duration: 5,
}

function createLog() {
  const lines: string[] = []
  const logger = pino({ level: 'info' }, { write: (line: string) => lines.push(line) })
  return { logger, text: () => lines.join('') }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000
  while (!condition() && performance.now() < deadline) await sleep(5)
}

t.test('runs come again and again, each with a line of counts', async (t) => {
  const { logger, text } = createLog()
  let runs = 0
  const run = async () => {
    runs++
    if (runs === 2) throw new Error('the disk is full')
    return report
  }
  const running = startRetention({ run }, 20, logger)
  t.equal(runs, 0, 'none at once')
  await until(() => runs >= 3)
  await running.stop()
  const ended = runs
  t.ok(ended >= 3)
  t.match(text(), /"droppedTags":3,.*retention ran.*\n.*the disk is full.*it is tried again/)
  await sleep(60)
  t.equal(runs, ended, 'none begins after the end')
})

t.test('stopping ends a run that is under way', async (t) => {
  let given: AbortSignal | undefined
  const run = async (signal?: AbortSignal) => {
    given = signal
    while (!signal?.aborted) await sleep(5)
    return report
  }
  const running = startRetention({ run }, 10, createLog().logger)
  await until(() => given !== undefined)
  await running.stop()
  t.ok(given?.aborted)
})

t.test('a run without rules leaves no line, and an interval of 0 makes none', async (t) => {
  const { logger, text } = createLog()
  let runs = 0
  const run = async () => {
    runs++
    return { ...report, repositories: 0 }
  }
  const never = startRetention({ run }, 0, logger)
  await sleep(40)
  t.equal(runs, 0)
  await never.stop()
  const running = startRetention({ run }, 10, logger)
  await until(() => runs > 0)
  await running.stop()
  t.equal(text(), '')
})
