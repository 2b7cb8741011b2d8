import { join } from 'node:path'
import { createPicker, loadTime, survey, tracedPatience } from './crash-survey.ts'
import type { Kind } from './kind.ts'
import { type Lane, runLanes } from './lanes.ts'
import { runLoad } from './load/load.ts'
import { createRandom } from './random.ts'
import { recover } from './recovery.ts'
import { attachKiller, type CrashPoint, killedUnder, lacksStrace } from './strace.ts'
import { type Counter, createCounter, type Tally } from './tally.ts'
import { createWorld, type World } from './world.ts'

/** Crashes on one data directory, which grows old with them. */
const crashesPerDirectory = 50

/** Runs a server into the point; true if it was reached. */
async function crash(world: World, point: CrashPoint, label: string): Promise<boolean> {
  const server = world.start(point.phase === 'stop' ? [] : killedUnder(point))
  if ((await server.ready(tracedPatience)) !== undefined) {
    await runLoad(world, { duration: loadTime, server, label })
  } else if (server.alive()) {
    world.fail('stuck', 'the server did not become ready under strace')
  }
  world.hangUp()
  if (point.phase === 'stop' && server.alive()) await attachKiller(server.pid, point)
  const { code, signal } = await server.stop()
  if (code !== null && code !== 0) world.fail('stuck', `the server ended with ${code}`)
  return signal === 'SIGKILL'
}

/** Data directories one after the other: an old one for most points, a new one for first starts. */
async function createPlaces({ directory, seed }: Lane, counter: Counter) {
  let number = 0
  let crashes = 0
  const make = () => {
    number += 1
    return createWorld({ root: join(directory, `root-${number}`), seed: seed + 1000 * number })
  }
  let old = await make()
  return {
    /** Where the next crash is to be, and whether it is the last one there. */
    async next({ phase }: CrashPoint) {
      if (phase === 'first start') return { world: await make(), last: true }
      crashes += 1
      return { world: old, last: crashes % crashesPerDirectory === 0 }
    },
    /** Counts what was acknowledged there; nobody goes there again. */
    async leave(world: World) {
      world.hangUp()
      counter.acknowledged(world.model.acknowledged())
      if (world === old) old = await make()
    },
    old: () => old,
  }
}

async function runLane(
  { cases, seed, directory, say }: Lane,
  points: readonly CrashPoint[],
): Promise<Tally> {
  const counter = createCounter()
  const random = createRandom(seed).fork('points')
  const pick = createPicker(points, random)
  const places = await createPlaces({ cases, seed, directory, say }, counter)
  let reached = 0
  // What is not reached is tried again with another point, within reason.
  for (let attempt = 1; reached < cases && attempt <= 3 * cases; attempt++) {
    const point = pick()
    const { world, last } = await places.next(point)
    const hit = await crash(world, point, `attempt ${attempt}`)
    await recover(world, { counter, random, complete: last })
    const fault = `SIGKILL at ${point.call} ${point.nth} (${point.phase}), attempt ${attempt}`
    const failures = world.takeFailures()
    for (const { harm, what } of failures) say(`${fault}, seed ${seed}: ${harm}: ${what}`)
    if (hit || failures.length > 0) counter.add({ fault, seed }, failures)
    else counter.missed()
    if (hit) reached += 1
    // What is damaged is left as it is, and does not spoil the cases to come.
    if (last || failures.length > 0) await places.leave(world)
  }
  const world = places.old()
  await recover(world, { counter, random, complete: true })
  counter.later({ fault: 'a last look at everything', seed }, world.takeFailures())
  await places.leave(world)
  return counter.tally()
}

/** SIGKILL at the Nth call of the system, whichever call and N. */
export const crashPoints: Kind = {
  name: 'crash-points',
  cases: 12,
  lacks: lacksStrace,
  async run(options) {
    const points = await survey(options.scratch, options.seed)
    const calls = new Set(points.map(({ call }) => call))
    options.say(`${points.length} points in ${calls.size} system calls`)
    return runLanes(options, (lane) => runLane(lane, points))
  },
}
