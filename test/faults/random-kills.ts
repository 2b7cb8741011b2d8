import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Kind } from './kind.ts'
import { type Lane, runLanes } from './lanes.ts'
import { runLoad } from './load/load.ts'
import { createRandom } from './random.ts'
import { recover, startAgain, verifyRunning } from './recovery.ts'
import type { Server } from './server.ts'
import { createCounter, type Tally } from './tally.ts'
import { createWorld, type World } from './world.ts'

/** Milliseconds of load before a kill. */
const [shortest, longest] = [50, 1500]

/** Every so many rounds the server is stopped as well, and the disk looked at. */
const diskEvery = 10

async function killUnderLoad(world: World, server: Server, round: number, after: number) {
  const load = runLoad(world, { duration: 2 * longest, server, label: `round ${round}` })
  await delay(after)
  await server.kill()
  await load
}

/** One data directory over all rounds: the server that showed its state is the next to be killed. */
async function runLane({ cases, seed, directory, say }: Lane): Promise<Tally> {
  const counter = createCounter()
  const world = await createWorld({
    root: join(directory, 'root'),
    seed,
    // Workers outlive the process that is killed for a moment; they must do no harm in it.
    env: { LAYERHOUSE_HTTP_WORKERS: '3' },
  })
  const random = createRandom(seed).fork('moments')
  let server = await startAgain(world, counter)
  for (let round = 1; round <= cases && server; round++) {
    const after = random.between(shortest, longest)
    await killUnderLoad(world, server, round, after)
    const complete = round === cases
    const options = { counter, random, complete }
    if (complete || round % diskEvery === 0) await recover(world, options)
    server = complete ? undefined : await startAgain(world, counter)
    if (server) await verifyRunning(world, options)
    const failures = world.takeFailures()
    counter.add({ fault: `SIGKILL ${after} ms into round ${round}`, seed }, failures)
    for (const { harm, what } of failures) say(`${harm}: ${what} (seed ${seed}, round ${round})`)
  }
  await server?.kill()
  world.hangUp()
  counter.acknowledged(world.model.acknowledged())
  return counter.tally()
}

/** SIGKILL at any moment under load. */
export const randomKills: Kind = {
  name: 'random-kills',
  cases: 20,
  lacks: () => false,
  run: (options) => runLanes(options, runLane),
}
