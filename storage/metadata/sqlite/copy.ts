import { closeSync, constants, fdatasyncSync, openSync } from 'node:fs'
import { statfs, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Database } from 'better-sqlite3'
import { createDirectories } from '../../blobs/filesystem/directories.ts'
import type { CopyProgress } from '../store.ts'

/** One step is a fraction of a millisecond of copying. */
const pagesPerStep = 100

/**
 * How much is written between two syncs. Left to the end, one sync of everything would hold up
 * every commit of a registry on the same disk.
 */
const bytesPerSync = 4 * 1024 * 1024

const newFile = constants.O_CREAT | constants.O_EXCL | constants.O_RDWR

/** Rather refuse than fill the disk the registry lives on. */
async function checkRoom(directory: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory)
  if (bavail * bsize > needed) return
  const error = new Error(`no room for a copy of the metadata in ${directory}: ${needed} bytes`)
  throw Object.assign(error, { code: 'ENOSPC' })
}

async function copyInto(db: Database, file: string, onProgress?: (p: CopyProgress) => void) {
  const pageSize = Number(db.pragma('page_size', { simple: true }))
  const descriptor = openSync(file, newFile, 0o640)
  let synced = 0
  try {
    await db.backup(file, {
      progress: ({ totalPages, remainingPages }) => {
        const copied = (totalPages - remainingPages) * pageSize
        if (copied - synced >= bytesPerSync) {
          fdatasyncSync(descriptor)
          synced = copied
        }
        onProgress?.({ copied, total: totalPages * pageSize })
        return pagesPerStep
      },
    })
    fdatasyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Copies the state that `db` sees to a new file: complete and durable, its name too, or not at all.
 *
 * SQLite starts such a copy over whenever another connection commits between two steps. A read
 * transaction over all of them prevents that: in a WAL it keeps its state and holds up no writer.
 * If `db` is in one already, that one's state is copied.
 *
 * Syncs block, so that this is for a process or thread that serves nobody.
 * @throws Error if the file is there, or what `onProgress` throws; nothing is left then.
 */
export async function copyDatabase(
  db: Database,
  file: string,
  onProgress?: (progress: CopyProgress) => void,
): Promise<void> {
  const own = !db.inTransaction
  if (own) beginRead(db)
  try {
    const size = Number(
      db
        .prepare('SELECT page_count * page_size FROM pragma_page_count, pragma_page_size')
        .pluck()
        .get(),
    )
    await checkRoom(dirname(file), size)
    await copyInto(db, file, onProgress).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') await unlink(file).catch(() => undefined)
      throw error
    })
    await createDirectories().sync(dirname(file))
  } finally {
    if (own && db.inTransaction) db.exec('COMMIT')
  }
}

/** From now on `db` sees one state. `BEGIN` alone waits with that until the first look. */
export function beginRead(db: Database): void {
  db.exec('BEGIN')
  db.prepare('SELECT count(*) FROM sqlite_schema').get()
}
