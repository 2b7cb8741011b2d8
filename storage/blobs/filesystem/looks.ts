import { statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { unlessAbsent } from './absence.ts'
import type { Opened } from './reader.ts'
import { describe } from './version.ts'

/** Milliseconds for which the kernel is taken to remember a file it was asked about. */
const rememberedFor = 2000

/** Files whose last look is kept in mind. */
const looksKept = 4096

/**
 * Asks what a file is like, `undefined` if it is not there. A file that was looked at a moment ago is
 * still in the kernel's memory, so that asking again waits for no disk: that is done at once, for a
 * tenth of what the way through the thread pool costs.
 */
export type Look = (path: string) => Promise<Opened | undefined>

export function createLook(now: () => number = () => performance.now()): Look {
  const looks = new Map<string, number>()

  function remember(path: string): void {
    looks.delete(path)
    looks.set(path, now())
    const [oldest] = looks.keys()
    if (looks.size > looksKept && oldest !== undefined) looks.delete(oldest)
  }

  return async (path) => {
    const last = looks.get(path)
    const stats =
      last !== undefined && now() - last < rememberedFor
        ? statSync(path, { bigint: true, throwIfNoEntry: false })
        : await unlessAbsent(stat(path, { bigint: true }))
    if (stats === undefined) {
      looks.delete(path)
      return undefined
    }
    remember(path)
    return describe(stats)
  }
}
