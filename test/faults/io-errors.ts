import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { inject } from '../helpers/e2e/fault.ts'
import { createScope } from '../helpers/e2e/scope.ts'
import type { Kind } from './kind.ts'
import { type Lane, runLanes } from './lanes.ts'
import { runLoad } from './load/load.ts'
import { createRandom, type Random } from './random.ts'
import { healed, type RecoveryOptions, recover, startAgain, verifyRunning } from './recovery.ts'
import type { Server } from './server.ts'
import { lacksStrace } from './strace.ts'
import { createCounter, type Tally } from './tally.ts'
import { createWorld, type World } from './world.ts'

/** Every so many cases the server is stopped as well, and the disk looked at. */
const diskEvery = 10
/** Milliseconds of load: before calls fail, and while they do. */
const [longestBefore, shortestFault, longestFault] = [200, 100, 500]

/** Calls that change what is on the disk, or open it, and how each may fail. */
const faults: readonly (readonly [calls: string, errors: readonly string[]])[] = [
  ['pwrite64', ['EIO', 'ENOSPC', 'EDQUOT', 'EROFS']],
  ['pwritev', ['EIO', 'ENOSPC', 'EDQUOT', 'EROFS']],
  ['pwrite64,pwritev', ['EIO', 'ENOSPC']],
  ['fsync', ['EIO', 'ENOSPC']],
  ['fdatasync', ['EIO', 'ENOSPC', 'EDQUOT']],
  ['fsync,fdatasync', ['EIO']],
  ['?rename,?renameat,?renameat2', ['EIO', 'ENOSPC', 'EROFS']],
  ['?mkdir,?mkdirat', ['EIO', 'ENOSPC', 'EROFS']],
  ['?unlink,?unlinkat', ['EIO', 'EROFS']],
  ['ftruncate', ['EIO', 'EROFS']],
  ['?open,openat', ['EIO', 'EMFILE', 'ENFILE', 'ENOSPC']],
]

/** Which of these calls fail: all, some of each thread's, or one. */
function pickMoments(random: Random): string {
  const first = random.between(1, 5)
  return random.pick([
    '',
    `:when=${first}+`,
    `:when=${first}+${random.between(2, 5)}`,
    `:when=${first}`,
  ])
}

interface Place {
  readonly world: World
  /** While calls fail the registry may say so, and nothing else. */
  readonly state: { failing: boolean }
}

async function createPlace(root: string, seed: number): Promise<Place> {
  const state = { failing: false }
  const options = {
    root,
    seed,
    get errorsExpected() {
      return state.failing ? [503, 507] : []
    },
  }
  return { world: await createWorld(options), state }
}

/** Lets calls fail for a while under load; gives how many did. */
async function failForAWhile(world: World, server: Server, fault: Fault): Promise<number> {
  const scope = createScope()
  const { before, during, calls, effect } = fault
  const end = new AbortController()
  const load = runLoad(world, {
    duration: 60_000,
    server: { alive: () => server.alive() && !end.signal.aborted, exited: server.exited },
    label: `${calls} ${effect}`,
  })
  try {
    await delay(before)
    const injection = await inject(scope, server.pid, { calls, effect })
    await delay(during)
    await injection.end()
    return (await injection.trace()).filter((line) => line.includes('(INJECTED)')).length
  } finally {
    end.abort()
    await load
    await scope.close()
  }
}

interface Fault {
  readonly calls: string
  readonly effect: string
  /** Milliseconds. */
  readonly before: number
  readonly during: number
}

function pickFault(random: Random): Fault {
  const [calls, errors] = random.pick(faults)
  return {
    calls,
    effect: `error=${random.pick(errors)}${pickMoments(random)}`,
    before: random.between(0, longestBefore),
    during: random.between(shortestFault, longestFault),
  }
}

/**
 * Where a sync failed, nothing is written until the registry is started anew. Before that nobody
 * knows what came of the write it was for, so the model is not told of what is seen.
 */
async function goOn({ world }: Place, server: Server, { counter, random }: RecoveryOptions) {
  if (!server.alive()) world.fail('stuck', `the server ended: ${server.log().slice(-500)}`)
  if (random.chance(0.3)) {
    await server.kill()
    return startAgain(world, counter)
  }
  if (await healed(world)) return server
  const { code } = await server.stop()
  if (code !== 0) world.fail('stuck', `the server ended with ${code}`)
  return startAgain(world, counter)
}

/** One fault, and what has to hold afterwards; gives how many calls failed. */
async function runCase(place: Place, server: Server, fault: Fault, options: RecoveryOptions) {
  const { world, state } = place
  state.failing = true
  const failed = await failForAWhile(world, server, fault)
  const next = await goOn(place, server, options)
  state.failing = false
  if (next) await verifyRunning(world, options)
  return { failed, next }
}

/** Stops the server, and looks at the disk as well. */
async function lookAtDisk(world: World, server: Server | undefined, options: RecoveryOptions) {
  await server?.stop()
  await recover(world, options)
  return startAgain(world, options.counter)
}

async function runLane({ cases, seed, directory, say }: Lane): Promise<Tally> {
  const counter = createCounter()
  const random = createRandom(seed).fork('faults')
  const place = await createPlace(join(directory, 'root'), seed)
  const { world } = place
  let server = await startAgain(world, counter)
  for (let attempt = 1; attempt <= 3 * cases && server; attempt++) {
    const fault = pickFault(random)
    const options = { counter, random, complete: false }
    const { failed, next } = await runCase(place, server, fault, options)
    server = attempt % diskEvery === 0 ? await lookAtDisk(world, next, options) : next
    const what = `${fault.calls} ${fault.effect}, attempt ${attempt}`
    const failures = world.takeFailures()
    for (const failure of failures) say(`${failure.harm}: ${failure.what} (seed ${seed}, ${what})`)
    if (failed > 0 || failures.length > 0) counter.add({ fault: what, seed }, failures)
    else counter.missed()
    if (counter.tally().cases === cases) break
  }
  server = await lookAtDisk(world, server, { counter, random, complete: true })
  counter.later({ fault: 'a last look at everything', seed }, world.takeFailures())
  await server?.kill()
  world.hangUp()
  counter.acknowledged(world.model.acknowledged())
  return counter.tally()
}

/** System calls that fail under load: all of a name, some, or one. */
export const ioErrors: Kind = {
  name: 'io-errors',
  cases: 8,
  lacks: lacksStrace,
  run: (options) => runLanes(options, runLane),
}
