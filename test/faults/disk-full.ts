import { spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Kind } from './kind.ts'
import { type Lane, runLanes } from './lanes.ts'
import { runLoad } from './load/load.ts'
import { createRandom, type Random } from './random.ts'
import { healed, recover, startAgain, verifyRunning } from './recovery.ts'
import type { Server } from './server.ts'
import { type SmallDisk, sharedDisk, shrinkingDisk } from './small-disk.ts'
import { type Counter, createCounter, type Tally } from './tally.ts'
import { createWorld, type World } from './world.ts'

/** Times one disk is filled; nothing of what was deleted frees room yet. */
const casesPerDisk = 20
/** Every so many cases the server is stopped as well, and the disk looked at. */
const diskEvery = 10
/** Milliseconds of load: before the disk is full, and while it is. */
const [longestBefore, shortestFull, longestFull] = [300, 150, 600]
/** Bytes that are left when it is filled: nothing, or a little that is soon used up. */
const spares = [0, 0, 4096, 65_536, 524_288]

interface Place {
  readonly world: World
  readonly disk: SmallDisk
  /** While the disk is full the registry may refuse what needs room, and nothing else. */
  readonly state: { full: boolean }
}

async function createPlace(directory: string, seed: number): Promise<Place> {
  await mkdir(directory)
  const disk = await (seed % 2 === 0 ? shrinkingDisk : sharedDisk)(directory)
  const state = { full: false }
  const options = {
    root: disk.root,
    seed,
    // No floor: what has to be tried lies below it.
    env: { LAYERHOUSE_STORAGE_MIN_FREE: '0' },
    get errorsExpected() {
      return state.full ? [507] : []
    },
  }
  return { world: await createWorld(options), disk, state }
}

interface Round {
  readonly label: string
  readonly counter: Counter
  readonly random: Random
}

/** Fills the disk under load, looks around, frees it; gives the server that works afterwards. */
async function fillOnce(place: Place, server: Server, round: Round) {
  const { world, disk, state } = place
  const { label, counter, random } = round
  const [before, full] = [
    random.between(0, longestBefore),
    random.between(shortestFull, longestFull),
  ]
  state.full = true
  const load = runLoad(world, { duration: before + full, server, label })
  await delay(before)
  await disk.fill(random.pick(spares))
  await load
  await verifyRunning(world, { counter, random, complete: false })
  const killed = random.chance(0.25)
  if (killed) await server.kill()
  await disk.free()
  const next = killed ? await startAgain(world, counter) : server
  if (next === undefined) return undefined
  if (!(await healed(world))) world.fail('stuck', 'nothing can be pushed although there is room')
  state.full = false
  await runLoad(world, { duration: 150, server: next, label: `${label}, with room` })
  await verifyRunning(world, { counter, random, complete: false })
  if (!next.alive()) world.fail('stuck', `the server ended: ${next.log().slice(-500)}`)
  return next
}

/** One disk over many cases. */
async function runDisk(place: Place, cases: number, lane: Lane, counter: Counter): Promise<void> {
  const { world } = place
  const { seed } = world.options
  const random = createRandom(seed).fork('moments')
  let server = await startAgain(world, counter)
  for (let round = 1; round <= cases && server; round++) {
    const label = `case ${round}`
    server = await fillOnce(place, server, { label, counter, random })
    const complete = round === cases
    if (complete || round % diskEvery === 0) {
      await server?.stop()
      await recover(world, { counter, random, complete })
      server = complete ? undefined : await startAgain(world, counter)
    }
    const failures = world.takeFailures()
    counter.add({ fault: `a full disk, ${label}`, seed }, failures)
    for (const { harm, what } of failures) lane.say(`${harm}: ${what} (seed ${seed}, ${label})`)
  }
  await server?.kill()
  world.hangUp()
  counter.acknowledged(world.model.acknowledged())
}

async function runLane(lane: Lane): Promise<Tally> {
  const counter = createCounter()
  for (let done = 0; done < lane.cases; done += casesPerDisk) {
    const place = await createPlace(join(lane.directory, `disk-${done}`), lane.seed + 1000 * done)
    const before = counter.tally().failed.length
    try {
      await runDisk(place, Math.min(casesPerDisk, lane.cases - done), lane, counter)
    } finally {
      await place.disk.leave(counter.tally().failed.length > before)
    }
  }
  return counter.tally()
}

/** Why no disk can be made here, or false. */
function lacksDisks(): string | false {
  if (process.getuid?.() !== 0) return 'only root may mount disks'
  const { error } = spawnSync('mkfs.ext4', ['-V'])
  return error ? 'mkfs.ext4 is not here; install it: apt-get install e2fsprogs' : false
}

/** A disk that gets full under load, by the registry itself or by somebody else, and is freed. */
export const diskFull: Kind = {
  name: 'disk-full',
  cases: 8,
  lacks: lacksDisks,
  run: (options) => runLanes(options, runLane),
}
