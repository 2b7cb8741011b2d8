import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createRandom } from '../faults/random.ts'
import { type Arguments, readArguments, usage } from './arguments.ts'
import { createClient } from './client.ts'
import { killAgainAndAgain } from './kills.ts'
import { startLoad } from './load.ts'
import { createObserver } from './observer.ts'
import { createPool } from './pool.ts'
import { createRegisters } from './registers.ts'
import { createRegistry } from './registry.ts'
import { report } from './report.ts'
import { createTally } from './tally.ts'
import { type Check, type Scene, verifyEnd } from './verify.ts'
import { quietRepositories, type World } from './world.ts'

const say = (line: string) => console.error(`soak: ${line}`)

function createWorld({ seed, grace, keep }: Arguments): World {
  return {
    times: { grace, keep },
    pool: createPool(seed),
    tally: createTally(({ at, kind, what }) => say(`${at} ${kind}: ${what}`)),
    tags: createRegisters(),
    manifests: createRegisters(),
    repositories: [
      ...quietRepositories,
      ...Array.from({ length: 16 }, (_, at) => `team-${at % 4}/app-${at}`),
    ],
  }
}

/** As long as was asked for. */
async function waitUntilEnough(
  { world, observer }: Scene,
  { seconds, operations, cycles }: Arguments,
): Promise<void> {
  if (seconds !== undefined) return delay(seconds * 1000)
  for (let told = 0; ; ) {
    await delay(1000)
    const done = world.tally.operations()
    const ran = (await observer.latest())?.id ?? 0
    if (done >= operations && ran >= cycles) return
    if (done - told < 5000) continue
    told = done
    const failed = [...world.tally.failuresByKind().values()].reduce((sum, one) => sum + one, 0)
    say(`${done} operations, ${ran} collections, ${failed} failures`)
  }
}

async function loadFor(scene: Scene, wanted: Arguments): Promise<void> {
  const { world, registry, observer } = scene
  const { seed, pushers, think, kills } = wanted
  const { port } = registry
  const load = startLoad({
    world,
    port,
    seed,
    pushers,
    think,
    ...(kills > 0 ? { backAgain: registry.backAgain } : {}),
  })
  if (kills > 0) {
    const random = createRandom(seed).fork('kills')
    await killAgainAndAgain({ registry, observer, random }, kills, say)
  } else await waitUntilEnough(scene, wanted)
  await load.stop()
}

/** Gives the checks of the end, those that found something too. */
async function soak(root: string, wanted: Arguments): Promise<readonly Check[]> {
  const world = createWorld(wanted)
  const registry = await createRegistry(root, wanted)
  const { port } = registry
  const client = createClient({
    port,
    address: '127.0.0.1',
    onReply: () => world.tally.requested(),
  })
  const scene: Scene = { world, registry, client, observer: createObserver(client) }
  const begun = Date.now()
  await registry.start()
  await loadFor(scene, wanted)
  const seconds = (Date.now() - begun) / 1000
  const sums = await scene.observer.sums()
  const failed = { title: 'no collection failed', problems: sums.errors.slice(0, 10) }
  const checks = [failed, ...(await verifyEnd(scene))]
  client.close()
  process.stdout.write(report({ wanted, seconds, sums, checks, tally: world.tally }))
  return checks
}

async function main(args: readonly string[]): Promise<number> {
  let wanted: Arguments
  try {
    wanted = readArguments(args)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
    return 2
  }
  const root = await mkdtemp(join(tmpdir(), 'soak-'))
  const checks = await soak(join(root, 'data'), wanted)
  const failed = checks.filter(({ problems }) => problems.length > 0).length
  if (failed > 0) say(`the data is in ${root}`)
  else await rm(root, { recursive: true })
  console.log(`${checks.length - failed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
