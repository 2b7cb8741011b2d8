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

/** Of which repository and tag; the first ones more often. */
export function chooseTag({ world, random }: Actor): { repository: string; tag: string } {
  return { repository: random.pick(world.repositories), tag: random.pick(tagNames) }
}
