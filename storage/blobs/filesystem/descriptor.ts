import {
  closeSync,
  fdatasync,
  fstatSync,
  ftruncate,
  openSync,
  open as openWithCallback,
  read,
  writev,
} from 'node:fs'
import { promisify } from 'node:util'
import type { Opened, ReadableFile } from './reader.ts'
import { describe } from './version.ts'

const openLater = promisify(openWithCallback)
const syncLater = promisify(fdatasync)
const truncateLater = promisify(ftruncate)

/**
 * An open file. What may wait for the disk is left to the thread pool: reading, writing, syncing,
 * and opening what was not just used. What an open file is like, the kernel has in memory, and
 * closing one waits for nothing: these are done at once, as the way through the pool costs ten times
 * more. No file handle of Node's: its garbage collector and its locks cost as much as a small read.
 */
export interface Descriptor extends ReadableFile {
  readonly fd: number
  opened(): Opened
  writev(
    chunks: readonly NodeJS.ArrayBufferView[],
    position: number,
  ): Promise<{ readonly bytesWritten: number }>
  datasync(): Promise<void>
  truncate(size: number): Promise<void>
  /** To be called once, when nothing is under way. */
  close(): void
}

function describeDescriptor(fd: number): Descriptor {
  return {
    fd,
    opened: () => describe(fstatSync(fd, { bigint: true })),
    read: (buffer, offset, length, position) =>
      new Promise((resolve, reject) => {
        read(fd, buffer, offset, length, position, (error, bytesRead) =>
          error ? reject(error) : resolve({ bytesRead }),
        )
      }),
    writev: (chunks, position) =>
      new Promise((resolve, reject) => {
        writev(fd, chunks, position, (error, bytesWritten) =>
          error ? reject(error) : resolve({ bytesWritten }),
        )
      }),
    datasync: () => syncLater(fd),
    truncate: (size) => truncateLater(fd, size),
    close: () => closeSync(fd),
  }
}

/** Opens a file to read it. Rejects as the system does. */
export async function openToRead(path: string): Promise<Descriptor> {
  return describeDescriptor(await openLater(path, 'r'))
}

/** Opens a file to change it, which was made or changed a moment ago. @throws as the system does. */
export function openToChange(path: string): Descriptor {
  return describeDescriptor(openSync(path, 'r+'))
}

/** Makes a file, which must not be there. Rejects as the system does. */
export async function makeFile(path: string, mode: number): Promise<void> {
  closeSync(await openLater(path, 'wx', mode))
}
