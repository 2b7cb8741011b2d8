import { availableParallelism } from 'node:os'

/** More serve no registry that one disk carries; each costs memory. */
const mostByItself = 4

/** How many processes are to answer requests; 0 asks for as many as this machine is good for. */
export function countWorkers(configured: number, processors = availableParallelism()): number {
  return configured > 0 ? configured : Math.min(mostByItself, processors)
}
