import { bitFlips } from './bit-flips.ts'
import { crashPoints } from './crash-points.ts'
import { diskFull } from './disk-full.ts'
import { ioErrors } from './io-errors.ts'
import type { Kind } from './kind.ts'
import { powerCuts } from './power-cuts.ts'
import { randomKills } from './random-kills.ts'

/** Every kind there is, in the order in which they run. */
export const kinds: readonly Kind[] = [
  crashPoints,
  randomKills,
  ...powerCuts,
  diskFull,
  ioErrors,
  bitFlips,
]
