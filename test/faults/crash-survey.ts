import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runLoad } from './load/load.ts'
import type { Random } from './random.ts'
import { type CrashPoint, crashPointsIn, isStoring, type Phase, traceInto } from './strace.ts'
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

/** A call that is made often gets more points than a rare one, but not in proportion. */
function weigh(points: readonly CrashPoint[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>()
  for (const { call } of points) counts.set(call, (counts.get(call) ?? 0) + 1)
  return Array.from(counts, ([call, count]) => [call, Math.sqrt(count)] as const)
}

/**
 * Picks points that were not picked before: first the phase, then the call, so that rare calls get
 * their share, and those that store something more of it; then which one of them.
 */
export function createPicker(points: readonly CrashPoint[], random: Random): () => CrashPoint {
  const picked = new Set<CrashPoint>()
  return () => {
    const phase = random.pickWeighted(shares)
    const left = points.filter((point) => !picked.has(point))
    const here = left.filter((point) => point.phase === phase)
    const onlyStoring = random.chance(0.7)
    const chosen = here.filter(({ call }) => !onlyStoring || isStoring(call))
    const some = [chosen, here, left].find((list) => list.length > 0) ?? points
    const call = random.pickWeighted(weigh(some))
    const point = random.pick(some.filter((one) => one.call === call))
    picked.add(point)
    return point
  }
}
