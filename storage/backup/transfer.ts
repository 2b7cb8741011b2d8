import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, link, mkdir, rename, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hasCode } from '../blobs/filesystem/absence.ts'
import type { Directories } from '../blobs/filesystem/directories.ts'
import { syncFile } from './durable.ts'

export interface TransferOptions {
  readonly directories: Directories
  /** Copy even where a hard link could be made. */
  readonly copy: boolean
  /** For copies that are not complete, on the target's file system. */
  readonly incoming: string
}

export type Placed = 'linked' | 'copied'

/** Brings objects, which never change, from one directory tree to another. */
export interface Transfer {
  /**
   * Gives `to` the content of `from`, whatever was there before: as another name for the same bytes
   * where the file system can do that, else as a copy whose bytes are on the disk.
   * `undefined` if `from` is not there. The name survives a power cut after `settle`.
   */
  place(from: string, to: string): Promise<Placed | undefined>
  /** What lies in this directory is wanted too: a killed run may have placed it and not settled. */
  keep(directory: string): void
  /** Makes all names durable. */
  settle(): Promise<void>
}

/** What a file system says that has no links, or none from there to here. */
const noLinks = ['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EACCES']

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

export function createTransfer({ directories, copy, incoming }: TransferOptions): Transfer {
  const unsettled = new Set<string>()
  const made = new Map<string, Promise<unknown>>()
  let links = !copy

  function prepare(directory: string): Promise<unknown> {
    const making = made.get(directory) ?? mkdir(directory, { recursive: true, mode: 0o750 })
    made.set(directory, making)
    // With those above it: blobs/sha256/ab is new there, and so may blobs/sha256 be.
    const algorithm = dirname(directory)
    for (const path of [directory, algorithm, dirname(algorithm)]) unsettled.add(path)
    return making
  }

  async function linkOver(from: string, to: string): Promise<void> {
    try {
      await link(from, to)
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error
      const draft = join(incoming, randomUUID())
      await link(from, draft)
      await rename(draft, to)
    }
  }

  /** False if a copy has to be made instead. */
  async function makeLink(from: string, to: string): Promise<boolean> {
    try {
      await linkOver(from, to)
      return true
    } catch (error) {
      if (noLinks.some((code) => hasCode(error, code))) links = false
      else if (!hasCode(error, 'EMLINK')) throw error
      return false
    }
  }

  async function makeCopy(from: string, to: string): Promise<void> {
    const draft = join(incoming, randomUUID())
    await copyFile(from, draft, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
    await syncFile(draft)
    await rename(draft, to)
  }

  return {
    async place(from, to) {
      await prepare(dirname(to))
      try {
        if (links && (await makeLink(from, to))) return 'linked'
        await makeCopy(from, to)
        return 'copied'
      } catch (error) {
        // Only a missing source is an answer; a missing target is a failure.
        if (hasCode(error, 'ENOENT') && !(await isThere(from))) return undefined
        throw error
      }
    },
    keep(directory) {
      unsettled.add(directory)
    },
    async settle() {
      for (const directory of unsettled) await directories.sync(directory)
      unsettled.clear()
    },
  }
}
