import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { must, run } from '../helpers/e2e/command.ts'

export type FileSystem = 'ext4' | 'xfs'

/** A file system of its own in a file, mounted, whose power can be cut. */
export interface Volume {
  /** Where it is mounted. */
  readonly path: string
  /**
   * Cuts the power: nothing that is not on the disk by now will ever be, the journal included. Every
   * call on the file system fails from then on.
   */
  cut(): Promise<void>
  /** The power is back: mounts it anew, which replays the journal. */
  restore(): Promise<void>
  unmount(): Promise<void>
}

/** Mounted by this process, and not unmounted yet. */
const mounted = new Set<string>()
process.on('exit', () => {
  for (const path of mounted) spawnSync('umount', ['--lazy', path])
})

const make: Readonly<Record<FileSystem, readonly [command: string, ...args: string[]]>> = {
  ext4: ['mkfs.ext4', '-q', '-F'],
  xfs: ['mkfs.xfs', '-q', '-f'],
}

/** Why volumes can't be had here. */
export function lacksVolumes(fileSystem: FileSystem): string | false {
  if (process.getuid?.() !== 0) return 'only root can mount a file system'
  const [command] = make[fileSystem]
  const missing = [command, 'xfs_io', 'mount'].filter(
    (name) => !['/sbin', '/usr/sbin', '/usr/bin', '/bin'].some((at) => existsSync(join(at, name))),
  )
  return missing.length > 0 && `${missing.join(', ')} not installed (e2fsprogs, xfsprogs)`
}

/** The last process lets go of its files a moment after it ended. */
async function unmount(path: string): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    if ((await run('umount', [path])).code === 0) {
      mounted.delete(path)
      return
    }
    await delay(100)
  }
  throw new Error(`${path} can't be unmounted`)
}

/** Makes an empty volume in a directory that is there. @param mebibytes its size */
export async function createVolume(
  directory: string,
  fileSystem: FileSystem,
  mebibytes: number,
): Promise<Volume> {
  const image = join(directory, `${fileSystem}.img`)
  const path = join(directory, fileSystem)
  await writeFile(image, '')
  await truncate(image, mebibytes * 1024 * 1024)
  const [command, ...args] = make[fileSystem]
  await must(command, [...args, image])
  await mkdir(path)
  const mount = async () => {
    await must('mount', ['-o', 'loop', image, path])
    mounted.add(path)
  }
  await mount()
  return {
    path,
    async cut() {
      await must('xfs_io', ['-x', '-c', 'shutdown', path])
    },
    async restore() {
      await unmount(path)
      await mount()
    },
    unmount: () => unmount(path),
  }
}
