import type { Contender } from './contender.ts'
import { distribution, dockerRegistry } from './distribution.ts'
import { fastify } from './fastify.ts'
import { layerhouse } from './layerhouse.ts'
import { nginx } from './nginx.ts'
import { zot } from './zot.ts'

/** In the order of the tables' columns. */
export const contenders: readonly Contender[] = [
  ...[layerhouse, dockerRegistry, distribution, zot],
  ...[nginx, fastify],
]
