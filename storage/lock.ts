import { join } from 'node:path'
import Database from 'better-sqlite3'

/** Gives the data directory free again. */
export type Unlock = () => void

/** Another process holds the data directory. */
export class DirectoryTakenError extends Error {
  override readonly name = 'DirectoryTakenError'
}

function anotherWorks(root: string): string {
  return `another Layerhouse works on the data directory ${root}; stop that one, or choose another directory with --root or storage.root`
}

/**
 * Takes a data directory for this process alone: what one server takes for left behind by a crash may
 * be at work in another. The lock is the operating system's, on the file `<root>/lock`, and dies with
 * its holder, however that ends.
 * @param taken what to say if another process holds it.
 * @throws DirectoryTakenError at once if another process holds it.
 */
export function lockDirectory(root: string, taken: string = anotherWorks(root)): Unlock {
  const db = new Database(join(root, 'lock'), { timeout: 0 })
  try {
    // Nothing is ever written, so that no journal need lie beside the lock.
    db.pragma('journal_mode = MEMORY')
    db.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    db.close()
    if (!(cause instanceof Database.SqliteError) || cause.code !== 'SQLITE_BUSY') throw cause
    throw new DirectoryTakenError(taken, { cause })
  }
  return () => {
    db.close()
  }
}
