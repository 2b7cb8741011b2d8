import { rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Directories } from './directories.ts'

/** Moves a finished file into place, both paths below one root. */
export type Publish = (from: string, to: string) => Promise<void>

/**
 * Resolves when the new name survives a power cut. The bytes must be on the disk before. If it
 * rejects, nothing is published; what can't even be taken back has a key that nobody knows.
 */
export function createPublish(directories: Directories): Publish {
  const ready = new Set<string>()

  async function prepare(directory: string): Promise<void> {
    if (ready.has(directory)) return
    await directories.make(dirname(directory))
    await directories.make(directory)
    ready.add(directory)
  }

  return async (from, to) => {
    const directory = dirname(to)
    directories.checkSound()
    await prepare(directory)
    await rename(from, to)
    try {
      await directories.sync(directory)
    } catch (error) {
      await unlink(to).catch(() => undefined)
      throw error
    }
  }
}
