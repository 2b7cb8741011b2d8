import type { FastifyBaseLogger } from 'fastify'
import t from 'tap'
import { startCollector } from '../../../src/server/collector.ts'
import type { Collector } from '../../../src/services/garbage/collector.ts'
import { until } from '../../helpers/wire.ts'

/** Runs end when the test says so. */
function createFake() {
  const logged: string[] = []
  const runs: ((reason: Error) => void)[] = []
  const logger = { error: (_: object, text: string) => logged.push(text) }
  const collector: Collector = {
    run: () => new Promise((_, reject) => runs.push(reject)),
    preview: () => Promise.reject(new Error('not asked for')),
    recover: () => Promise.resolve(),
    stop() {
      for (const end of runs) end(new Error('the registry is stopping'))
    },
  }
  return { logged, runs, collector, logger: logger as unknown as FastifyBaseLogger }
}

t.test('a collection that fails is told, one that a stop ends is not', async (t) => {
  const { logged, runs, collector, logger } = createFake()
  const rounds = startCollector(collector, 10, logger)
  await until(() => runs.length === 1)
  runs[0]?.(new Error('the disk is gone'))
  await until(() => runs.length === 2)
  await rounds.stop()
  t.strictSame(logged, ['collecting garbage failed; it is tried again'])
})
