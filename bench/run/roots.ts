import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contender } from '../contenders/contender.ts'
import type { Scale } from '../scale.ts'
import type { Work } from '../work.ts'

/** Gives the data directories of one work below `directory`: filled, if the work wants that. */
export function createRoots(work: Work, directory: string, scale: Scale) {
  const filled = new Map<string, Promise<string>>()
  async function fill(contender: Contender): Promise<string> {
    const root = join(directory, `filled-${contender.format}`)
    await mkdir(root)
    await work.fill?.(contender, root, scale)
    return root
  }
  return async (contender: Contender): Promise<string> => {
    if (work.fill === undefined) {
      const root = join(directory, `root-${contender.name}`)
      await mkdir(root)
      return root
    }
    const root = filled.get(contender.format) ?? fill(contender)
    filled.set(contender.format, root)
    return root
  }
}
