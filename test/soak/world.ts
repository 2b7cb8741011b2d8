import type { Random } from '../faults/random.ts'
import type { Client } from './client.ts'
import type { Pool } from './pool.ts'
import type { Registers } from './registers.ts'
import type { Tally } from './tally.ts'

/** What the registry promises, as it was configured; milliseconds. */
export interface Times {
  readonly grace: number
  readonly keep: number
}

/** What all who take part know. */
export interface World {
  readonly times: Times
  readonly pool: Pool
  readonly tally: Tally
  /** Group: repository; cell: tag; value: digest. */
  readonly tags: Registers
  /** Group: repository; cell and value: digest. Empty: it can't be seen. */
  readonly manifests: Registers
  /** All of them, the quiet ones first. */
  readonly repositories: readonly string[]
}

/** Somebody who takes part. */
export interface Actor {
  readonly world: World
  readonly client: Client
  readonly random: Random
}

export const tagNames: readonly string[] = [
  'latest',
  'stable',
  ...Array.from({ length: 22 }, (_, at) => `v${at}`),
]

/** Repositories in which little happens: nobody else's push keeps there what a slow one needs. */
export const quietRepositories: readonly string[] = ['quiet/a', 'quiet/b', 'quiet/c', 'quiet/d']

export interface Place {
  readonly repository: string
  readonly tag: string
}

export function chooseTag({ world, random }: Actor): Place {
  const quiet = random.chance(0.03)
  const busy = world.repositories.slice(quietRepositories.length)
  const repository = random.pick(quiet ? quietRepositories : busy)
  return { repository, tag: random.pick(quiet ? tagNames.slice(0, 4) : tagNames) }
}
