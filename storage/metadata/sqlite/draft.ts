import type { Database } from 'better-sqlite3'
import type { StorageKey } from '../../blobs/store.ts'
import { type BlobObject, type Contents, readBlobs, readContents, readSchema } from './contents.ts'
import { findDamage, isDamage } from './damage.ts'
import { closeDatabase, openDatabase } from './database.ts'
import { migrate } from './migrate.ts'

/** A copy of a registry's metadata that is being made ready to take its place. */
export interface MetadataDraft {
  contents(): Contents
  blobs(prefix: string): readonly BlobObject[]
  /** Lets a blob's row name another object of the same content. */
  repoint(id: number, key: StorageKey): void
  /** Marks a blob whose object is not there: clients are told so, and push it again. */
  markMissing(id: number): void
  /** Everything is in the one file afterwards. */
  close(): void
}

/**
 * Uploads of that time can't be finished: their files are not there. And its trash must not be
 * emptied: what was to go then may be what serves now.
 */
const forget = 'DELETE FROM upload_sessions; DELETE FROM gc_objects'

/** @throws Error in words if it is damaged, no registry's metadata, or newer than this code. */
function checkDraft(db: Database, name: string): void {
  const damage = findDamage(db)
  if (damage !== undefined) throw new Error(`${name} is damaged: ${damage}`)
  const schema = readSchema(db)
  if (schema === undefined) throw new Error(`${name} is no metadata of a registry`)
  if (!schema.known) {
    throw new Error(
      `${name} is written by a newer Layerhouse (schema ${schema.number}); use that version`,
    )
  }
}

/**
 * Opens a copy, brings its schema up to date and forgets what belongs to its time alone.
 * @param name what messages call it: where it was copied from.
 */
export function openDraft(file: string, name: string): MetadataDraft {
  const db = openOrExplain(file, name)
  try {
    checkDraft(db, name)
    migrate(db, Date.now)
    db.transaction(() => db.exec(forget)).immediate()
    const point = db.prepare<[string, number]>(
      'UPDATE blobs SET storage_key = ?, damage = NULL WHERE id = ?',
    )
    const mark = db.prepare<[number]>("UPDATE blobs SET damage = 'missing' WHERE id = ?")
    return {
      contents: () => readContents(db),
      blobs: (prefix) => readBlobs(db, prefix),
      repoint(id, key) {
        point.run(key, id)
      },
      markMissing(id) {
        mark.run(id)
      },
      close: () => closeDatabase(db),
    }
  } catch (error) {
    db.close()
    throw error
  }
}

function openOrExplain(file: string, name: string): Database {
  try {
    return openDatabase(file)
  } catch (error) {
    if (!isDamage(error)) throw error
    throw new Error(`${name} is damaged: ${(error as Error).message}`, { cause: error })
  }
}
