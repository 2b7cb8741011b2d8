import { readFile, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { within } from '../helpers/e2e/daemon.ts'
import type { LoopDelay } from '../helpers/e2e/loop-delay.ts'
import { runMixedLoad } from '../helpers/e2e/mixed-load.ts'
import { type Registry, startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'

t.setTimeout(120_000)

const helper = fileURLToPath(new URL('../helpers/e2e/loop-delay.js', import.meta.url))

/** What was measured since the last time. */
async function takeMeasure(registry: Registry, file: string): Promise<LoopDelay> {
  await rm(file, { force: true })
  registry.signal('SIGUSR2')
  let text = ''
  await within(5000, async () => {
    text = await readFile(file, 'utf8').catch(() => '')
    return text.endsWith('}')
  })
  return JSON.parse(text) as LoopDelay
}

await t.test('under a mixed load the event loop is late by less than 50 ms', async (t) => {
  const file = `${await temporaryDirectory(t)}/delay.json`
  const registry = await startRegistry(t, {
    nodeArguments: ['--import', helper],
    env: { LOOP_DELAY_FILE: file },
  })
  await takeMeasure(registry, file)
  const tally = await runMixedLoad({
    url: registry.url,
    milliseconds: 15_000,
    blobSize: 50_000_000,
    transfers: 8,
    // Together a gigabit a second in, and one out.
    rate: 15_000_000,
    imagesPerSecond: 16,
    references: 5000,
  })
  const delay = await takeMeasure(registry, file)
  const { failures, ...done } = tally
  t.comment(JSON.stringify({ ...delay, ...done }))
  t.same(failures, [])
  t.ok(delay.count > 300, `measured ${delay.count} times`)
  const share = Math.round(delay.starved * 100)
  const reason = `others had the processors ${share} % of the time: it says nothing of the registry`
  const own = `by its own doing: p99 ${delay.own.p99} ms, max ${delay.own.max} ms`
  t.ok(delay.own.p99 < 50, own, delay.starved < 0.25 ? {} : { skip: reason })
  const wall = `by the clock: p99 ${delay.wall.p99} ms, max ${delay.wall.max} ms`
  t.ok(delay.wall.p99 < 50, wall, delay.starved < 0.1 ? {} : { skip: reason })
})
