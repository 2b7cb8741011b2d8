import { statfs } from 'node:fs/promises'
import type { Space } from '../store.ts'

/**
 * The room on the file system below `path`, as a user without privileges has it: what is set aside
 * for root does not count. Where a quota on the directory is smaller, most file systems tell that.
 */
export async function measureSpace(path: string): Promise<Space> {
  const { bsize, bavail, blocks, ffree, files } = await statfs(path)
  const bytes = { free: bavail * bsize, total: blocks * bsize }
  // File systems that make inodes as they need them say that they have none.
  return files > 0 ? { ...bytes, freeFiles: ffree, files } : bytes
}
