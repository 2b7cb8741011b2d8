import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { KindOptions } from './kind.ts'
import { sumTallies, type Tally } from './tally.ts'

/** A share of the cases, one after the other, with a directory and a seed of its own. */
export interface Lane {
  readonly cases: number
  readonly seed: number
  /** It is there and empty. */
  readonly directory: string
  say(line: string): void
}

/** Splits cases over lanes that run at the same time. */
export async function runLanes(
  { cases, seed, lanes, scratch, say }: KindOptions,
  run: (lane: Lane) => Promise<Tally>,
): Promise<Tally> {
  const shares = Array.from({ length: lanes }, (_, index) =>
    Math.floor((cases + lanes - 1 - index) / lanes),
  ).filter((share) => share > 0)
  const tallies = shares.map(async (share, index) => {
    const directory = join(scratch, `lane-${index}`)
    await mkdir(directory, { recursive: true })
    return run({ cases: share, seed: seed + index, directory, say })
  })
  return sumTallies(await Promise.all(tallies))
}
