import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from './command.ts'
import { type Scope, temporaryDirectory } from './scope.ts'

/** Mounts something on a directory; unmounted with the temporary directory it is in. */
export type Mount = (directory: string) => Promise<unknown>

/** A file system in memory; `options` as `mount` takes them, e.g. `size=48m`. */
export function tmpfs(options: string): Mount {
  return (directory) => must('mount', ['-t', 'tmpfs', '-o', options, 'layerhouse-test', directory])
}

/**
 * A small file system of its own on a loop device, whose file is in memory, for speed. What is on it
 * survives unmounting.
 */
export async function loopDisk(
  scope: Scope,
  { mebibytes, make = ['mkfs.ext4', '-q', '-m', '0'] }: LoopDiskOptions,
): Promise<Mount> {
  const directory = join(await temporaryDirectory(scope), 'memory')
  await mkdir(directory)
  await tmpfs(`size=${mebibytes + 1}m`)(directory)
  const image = join(directory, 'disk')
  const [command = '', ...args] = make
  await must('truncate', ['--size', `${mebibytes}M`, image])
  await must(command, [...args, image])
  return (directory) => must('mount', ['-o', 'loop', image, directory])
}

export interface LoopDiskOptions {
  readonly mebibytes: number
  /** The command that makes the file system, without its last argument. */
  readonly make?: readonly string[]
}

/** Writes chunks of one size until the disk takes no more. */
async function writeOn(file: FileHandle, chunk: Buffer): Promise<void> {
  try {
    for (;;) await file.write(chunk)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  }
}

/** Fills a disk to its last block with a file of somebody else; gives what frees the room again. */
export async function fillDisk(
  directory: string,
  path = join(directory, 'of-somebody-else'),
): Promise<() => Promise<void>> {
  const file = await open(path, 'a')
  try {
    for (const size of [1 << 20, 4096, 1]) {
      await writeOn(file, Buffer.alloc(size))
      await file.sync()
    }
  } finally {
    await file.close()
  }
  return () => rm(path)
}
