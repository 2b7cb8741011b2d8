import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runLoad } from './load/load.ts'
import type { Random } from './random.ts'
import { type CrashPoint, crashPointsIn, isChanging, type Phase, traceInto } from './strace.ts'
import { createWorld, type World } from './world.ts'

/** Milliseconds of load in which a point has to be reached. */
export const loadTime = 1000

/** Milliseconds until a server that runs under strace has to be ready. */
export const tracedPatience = 60_000

/** A start, a load and an end, under strace; gives the points on the way. */
async function live(world: World, file: string, end: 'kill' | 'stop') {
  const server = world.start(traceInto(file))
  if ((await server.ready(tracedPatience)) === undefined) {
    throw new Error(`the server does not run under strace: ${server.log()}`)
  }
  await runLoad(world, { duration: loadTime, server, label: end })
  world.hangUp()
  await server[end]()
  return crashPointsIn(await readFile(file, 'utf8'), world.options.root)
}

/** The points a server goes through on an empty directory, and then on one that a crash left. */
export async function survey(directory: string, seed: number): Promise<readonly CrashPoint[]> {
  const world = await createWorld({ root: join(directory, 'surveyed'), seed })
  const first = await live(world, join(directory, 'first.trace'), 'kill')
  const second = await live(world, join(directory, 'second.trace'), 'stop')
  const born = first.filter(({ phase }) => phase === 'start')
  return [...born.map((point) => ({ ...point, phase: 'first start' as const })), ...second]
}

/** How many points of each hundred lie in a phase. */
const shares: readonly (readonly [Phase, number])[] = [
  ['first start', 10],
  ['start', 20],
  ['load', 55],
  ['stop', 15],
]

function pickPhase(random: Random): Phase {
  let ticket = random.next() * 100
  for (const [phase, share] of shares) {
    ticket -= share
    if (ticket < 0) return phase
  }
  return 'load'
}

/**
 * Picks points that were not picked before: first the phase, then the call, so that rare calls get
 * their share, and those that change something more of it; then which one of them.
 */
export function createPicker(points: readonly CrashPoint[], random: Random): () => CrashPoint {
  const picked = new Set<CrashPoint>()
  return () => {
    const phase = pickPhase(random)
    const left = points.filter((point) => !picked.has(point))
    const here = left.filter((point) => point.phase === phase)
    const onlyChanging = random.chance(0.75)
    const changing = here.filter(({ call }) => !onlyChanging || isChanging(call))
    const some = [changing, here, left].find((list) => list.length > 0) ?? points
    const call = random.pick([...new Set(some.map((point) => point.call))])
    const point = random.pick(some.filter((one) => one.call === call))
    picked.add(point)
    return point
  }
}
