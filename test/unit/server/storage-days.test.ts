import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import t from 'tap'
import { startStorageDays } from '../../../src/server/storage-days.ts'
import type { StorageRound } from '../../../src/services/accounts/days.ts'

const line = {
  ...{ live: 1, undo: 2, waiting: 3, trash: 4, uploads: 5, absent: 0 },
  ...{ disk: 22, difference: 7, undoManifestBytes: 0 },
  unknown: [{ what: 'object', name: 'sha256/ab/stray', size: 7 }] as const,
}

function createLog() {
  const lines: string[] = []
  const logger = pino({ level: 'info' }, { write: (text: string) => lines.push(text) })
  return { logger, text: () => lines.join('') }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000
  while (!condition() && performance.now() < deadline) await sleep(5)
}

t.test('what was recorded is told once, and what nothing accounts for by name', async (t) => {
  const { logger, text } = createLog()
  let rounds = 0
  const round = async (): Promise<StorageRound> => {
    rounds++
    return { recorded: rounds === 1 ? line : undefined, nextIn: 10 }
  }
  const running = startStorageDays({ round }, logger, 0)
  await until(() => rounds >= 3)
  await running.stop()
  t.ok(rounds >= 3)
  t.match(text(), /"disk":22.*recorded what is stored today.*\n.*stray.*belong to nothing/)
  t.equal(text().trim().split('\n').length, 2)
})

t.test(
  'nothing is recorded at the very start; a failure is told; a stop is no failure',
  async (t) => {
    const { logger, text } = createLog()
    let given: AbortSignal | undefined
    const early = startStorageDays({ round: () => t.fail('too early') as never }, logger)
    const failing = startStorageDays({ round: () => Promise.reject(new Error('EIO')) }, logger, 0)
    const stopped = startStorageDays(
      {
        async round(signal) {
          given = signal
          while (!signal?.aborted) await sleep(5)
          throw signal.reason
        },
      },
      logger,
      0,
    )
    await until(() => given !== undefined && text() !== '')
    for (const each of [early, failing, stopped]) await each.stop()
    t.match(text(), /EIO.*recording what is stored failed; it is tried again/)
    t.equal(text().trim().split('\n').length, 1)
  },
)
