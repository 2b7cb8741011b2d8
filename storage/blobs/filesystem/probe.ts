import { randomUUID } from 'node:crypto'
import { open, unlink } from 'node:fs/promises'
import { join } from 'node:path'

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user has no right to write there',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the disk reports an error',
  EMFILE: 'too many files are open',
  ENOENT: 'the directory is not there',
  ENOSPC: 'no space, or no inode, is left on the disk',
  ENOTDIR: 'it is not a directory',
  EPERM: 'this user has no right to write there',
  EROFS: 'the file system is mounted read-only',
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return ('code' in error && reasons[String(error.code)]) || error.message
}

async function writeAndRemove(path: string): Promise<void> {
  const file = await open(path, 'wx', 0o640)
  try {
    await file.writeFile('probe')
    await file.sync()
  } finally {
    await file.close()
    await unlink(path)
  }
}

/** @throws Error naming the directory and why nothing can be written durably below it. */
export async function probeDirectory(path: string): Promise<void> {
  try {
    await writeAndRemove(join(path, `.probe-${randomUUID()}`))
  } catch (error) {
    throw new Error(`can't write to ${path}: ${explain(error)}`, { cause: error })
  }
}
