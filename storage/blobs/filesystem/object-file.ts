import { closeSync, fstatSync, open, read } from 'node:fs'
import { unlessAbsent } from './absence.ts'
import { explainReadError } from './damage.ts'
import type { Opened, ReadableFile } from './reader.ts'
import { describe } from './version.ts'

/**
 * An object's file, open for reading. Opening and reading may wait for the disk and are left to the
 * thread pool. What an open file is like, the kernel has in memory, and closing one that was only
 * read waits for nothing: both are done at once, as the way through the pool costs ten times more.
 * No file handle: its garbage collector and its locks cost as much as the read of a small blob.
 */
export interface ObjectFile extends ReadableFile {
  readonly opened: Opened
  /** To be called once, when no read is under way. */
  close(): void
}

function openDescriptor(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, 'r', (error, descriptor) => (error ? reject(error) : resolve(descriptor)))
  })
}

function describeDescriptor(descriptor: number): Opened {
  try {
    return describe(fstatSync(descriptor, { bigint: true }))
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

/** @returns `undefined` if it is not there. @param name what error messages call it. */
export async function openObjectFile(path: string, name: string): Promise<ObjectFile | undefined> {
  try {
    const descriptor = await unlessAbsent(openDescriptor(path))
    if (descriptor === undefined) return undefined
    return {
      opened: describeDescriptor(descriptor),
      read: (buffer, offset, length, position) =>
        new Promise((resolve, reject) => {
          read(descriptor, buffer, offset, length, position, (error, bytesRead) =>
            error ? reject(error) : resolve({ bytesRead }),
          )
        }),
      close: () => closeSync(descriptor),
    }
  } catch (error) {
    throw explainReadError(error, name)
  }
}
