import { constants } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { freezeMetadata } from '../metadata/sqlite/frozen.ts'
import { holdsBytes } from './replacement.ts'

/**
 * Copies a metadata file out of a backup or a snapshot. SQLite is asked only where a WAL belongs to
 * the file, since it would make one beside a file that has none, on a medium that may be read-only.
 */
export async function copyMetadata(from: string, to: string): Promise<void> {
  if (!(await holdsBytes(`${from}-wal`))) {
    await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
    return
  }
  const metadata = freezeMetadata(from)
  try {
    await metadata.copy(to)
  } finally {
    metadata.close()
  }
}
