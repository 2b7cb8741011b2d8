import { closeSync, fsync, openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { hasCode } from './absence.ts'

const mode = 0o750
const syncDescriptor = promisify(fsync)

/**
 * Directories whose names survive a power cut.
 *
 * The kernel reports a lost write once and forgets it, so a second sync would claim what is not so.
 * Hence after one failed sync of a directory each call here rejects until the process is restarted,
 * those under way too. The error's `code` is `EIO`, whatever the kernel called it: room on the disk
 * would not make it good again.
 */
export interface Directories {
  /** @throws Error if a sync failed before. */
  checkSound(): void
  /** A sync failed in another process that works on the same directories. */
  distrust(message: string): void
  /** Makes the names in a directory durable. */
  sync(path: string): Promise<void>
  /**
   * Makes a directory durably. One that is there already is synced too: whoever made it may have
   * been killed before its own sync.
   */
  make(path: string): Promise<void>
  /**
   * Makes an absolute path and what is missing above it. If it is there, nothing is synced: the
   * directory above a data directory may be another's, and not readable.
   */
  makeRoot(path: string): Promise<void>
}

/** @param onUnsound told, once, of the first sync that fails here. */
export function createDirectories(onUnsound: (message: string) => void = () => {}): Directories {
  let failure: Error | undefined

  function checkSound(): void {
    if (failure) throw failure
  }

  function fail(path: string, cause: unknown): Error {
    const message = `${path} could not be synced; check the disk, then restart`
    if (!failure) onUnsound(message)
    return distrust(message, cause)
  }

  function distrust(message: string, cause?: unknown): Error {
    failure ??= Object.assign(new Error(message, { cause }), { code: 'EIO' })
    return failure
  }

  async function sync(path: string): Promise<void> {
    checkSound()
    // Only the sync waits for the disk; opening and closing are quicker done than handed over.
    const directory = openSync(path, 'r')
    try {
      await syncDescriptor(directory)
    } catch (cause) {
      throw fail(path, cause)
    } finally {
      closeSync(directory)
    }
    // Of two syncs at the same time only one may be told of what both lost.
    checkSound()
  }

  return {
    checkSound,
    distrust: (message) => void distrust(message),
    sync,
    async make(path) {
      try {
        await mkdir(path, { mode })
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error
      }
      await sync(dirname(path))
    },
    async makeRoot(path) {
      const topmost = await mkdir(path, { mode, recursive: true })
      if (topmost === undefined) return
      for (let made = path; made.length >= topmost.length; made = dirname(made)) {
        await sync(dirname(made))
      }
    },
  }
}
