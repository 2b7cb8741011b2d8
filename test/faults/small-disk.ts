import { mkdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { must, run } from '../helpers/e2e/command.ts'
import { fillDisk, tmpfs } from '../helpers/e2e/disk.ts'

/** A file system of its own, which can be filled and freed while a server works on it. */
export interface SmallDisk {
  /** For the data directory; empty but for what the file system itself keeps there. */
  readonly root: string
  /** Leaves at most about `spare` bytes free; whoever writes there takes them too. */
  fill(spare: number): Promise<void>
  free(): Promise<void>
  /** Unmounts it. Its content is kept below the directory it was made in, if wanted. */
  leave(keep: boolean): Promise<void>
}

const mebibytes = 512

async function makeDirectories(directory: string) {
  const root = join(directory, 'root')
  await mkdir(root, { recursive: true })
  return root
}

async function unmount(root: string): Promise<void> {
  await must('umount', [root])
}

/** Filled by the registry itself: it is made as small as what is on it. */
export async function shrinkingDisk(directory: string): Promise<SmallDisk> {
  const root = await makeDirectories(directory)
  const whole = `size=${mebibytes}m`
  await tmpfs(whole)(root)
  const resize = (size: string) => run('mount', ['-o', `remount,${size}`, root])
  return {
    root,
    async fill(spare) {
      // Refused if it has grown beyond that meanwhile.
      for (let attempt = 1; attempt <= 20; attempt++) {
        const { blocks, bfree, bsize } = await statfs(root)
        const { code } = await resize(`size=${(blocks - bfree) * bsize + spare * attempt + 4096}`)
        if (code === 0) return
      }
      throw new Error(`${root} could not be made smaller`)
    },
    async free() {
      const { code, stderr } = await resize(whole)
      if (code !== 0) throw new Error(`${root} could not be made larger: ${stderr}`)
    },
    async leave(keep) {
      if (keep) await must('cp', ['-a', root, join(directory, 'kept')])
      await unmount(root)
    },
  }
}

/** Filled by a file of somebody else. */
export async function sharedDisk(directory: string): Promise<SmallDisk> {
  const root = await makeDirectories(directory)
  const image = join(directory, 'disk')
  await must('truncate', ['--size', `${mebibytes}M`, image])
  await must('mkfs.ext4', ['-q', '-m', '0', image])
  await must('mount', ['-o', 'loop', image, root])
  const foreign = join(root, 'foreign')
  return {
    root,
    async fill(spare) {
      const { bavail, bsize } = await statfs(root)
      const length = Math.max(1, bavail * bsize - Math.max(spare, 1 << 20))
      await run('fallocate', ['--length', String(length), foreign])
      if (spare === 0) await fillDisk(root, foreign)
    },
    free: () => rm(foreign, { force: true }),
    async leave(keep) {
      await unmount(root)
      if (!keep) await rm(image)
    },
  }
}
