import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Kind } from './kind.ts'
import { type Lane, runLanes } from './lanes.ts'
import { runLoad } from './load/load.ts'
import { createRandom } from './random.ts'
import { recover } from './recovery.ts'
import type { Server } from './server.ts'
import { createCounter, sumTallies, type Tally } from './tally.ts'
import { createVolume, type FileSystem, lacksVolumes, type Volume } from './volume.ts'
import { createWorld, type World } from './world.ts'

/** Milliseconds of load before the cut. */
const [shortest, longest] = [30, 1200]

/** Enough for the content of so many cases; then a new volume begins. */
const casesPerVolume = 25
const mebibytes = 512

/** Stopped, or in a call of the kernel from which it won't come back before it is. */
async function isFrozen(pid: number): Promise<boolean> {
  const tasks = await readdir(`/proc/${pid}/task`)
  const states = await Promise.all(
    tasks.map(async (task) => {
      const line = await readFile(`/proc/${pid}/task/${task}/stat`, 'latin1')
      return line.slice(line.lastIndexOf(')') + 2)[0]
    }),
  )
  return states.every((state) => state === 'T' || state === 'D')
}

/**
 * The processor loses its power no later than the disk: a `fsync` that is cut off must not come back
 * to the server, as the kernel would tell it that all is well.
 */
async function freeze(server: Server): Promise<void> {
  process.kill(server.pid, 'SIGSTOP')
  while (!(await isFrozen(server.pid)));
}

async function cutUnderLoad(world: World, volume: Volume, after: number, label: string) {
  const server = world.start()
  if ((await server.ready(30_000)) === undefined) {
    world.fail('stuck', `the server did not become ready: ${server.log()}`)
  }
  const load = runLoad(world, { duration: 2 * longest, server, label })
  await delay(after)
  await freeze(server)
  await volume.cut()
  await server.kill()
  await load
  await volume.restore()
}

async function runVolume(lane: Lane, fileSystem: FileSystem, number: number): Promise<Tally> {
  const { cases, say } = lane
  const seed = lane.seed + 1000 * number
  const directory = join(lane.directory, `${fileSystem}-${number}`)
  await mkdir(directory)
  const volume = await createVolume(directory, fileSystem, mebibytes)
  const world = await createWorld({
    root: join(volume.path, 'root'),
    seed,
    uploadsSurvive: false,
  })
  const counter = createCounter()
  const random = createRandom(seed).fork('moments')
  for (let round = 1; round <= cases; round++) {
    const after = random.between(shortest, longest)
    await cutUnderLoad(world, volume, after, `round ${round}`)
    await recover(world, { counter, random, complete: round === cases })
    const fault = `power cut ${after} ms into round ${round} on ${fileSystem}`
    const failures = world.takeFailures()
    counter.add({ fault, seed }, failures)
    for (const { harm, what } of failures) say(`${fault}, seed ${seed}: ${harm}: ${what}`)
  }
  world.hangUp()
  counter.acknowledged(world.model.acknowledged())
  await volume.unmount()
  return counter.tally()
}

async function runLane(lane: Lane, fileSystem: FileSystem): Promise<Tally> {
  const tallies: Tally[] = []
  for (let left = lane.cases; left > 0; left -= casesPerVolume) {
    const cases = Math.min(left, casesPerVolume)
    tallies.push(await runVolume({ ...lane, cases }, fileSystem, tallies.length))
  }
  return sumTallies(tallies)
}

/** The power fails under load: what the file system had not written is gone. */
function powerCutsOn(fileSystem: FileSystem): Kind {
  return {
    name: `power-cuts-${fileSystem}`,
    cases: 4,
    lacks: () => lacksVolumes(fileSystem),
    run: (options) => runLanes(options, (lane) => runLane(lane, fileSystem)),
  }
}

export const powerCuts: readonly Kind[] = [powerCutsOn('ext4'), powerCutsOn('xfs')]
