import Database from 'better-sqlite3'

/** Whether SQLite says that what it read is no database, or a broken one. */
export function isDamage(error: unknown): boolean {
  if (!(error instanceof Database.SqliteError)) return false
  return error.code === 'SQLITE_NOTADB' || error.code.startsWith('SQLITE_CORRUPT')
}

/**
 * What is wrong with a database, `undefined` if it is sound. Reads all of it.
 * @throws what is no word about its content, e.g. that the disk can't be read.
 */
export function findDamage(db: Database.Database): string | undefined {
  try {
    const found = db.pragma('quick_check(1)', { simple: true })
    return found === 'ok' ? undefined : String(found)
  } catch (error) {
    if (isDamage(error)) return (error as Error).message
    throw error
  }
}

/** The same for a file, which stays as it is; a WAL beside it is part of it. */
export function findDamageIn(file: string): string | undefined {
  let db: Database.Database | undefined
  try {
    db = new Database(file, { readonly: true, fileMustExist: true })
    return findDamage(db)
  } catch (error) {
    if (isDamage(error)) return (error as Error).message
    throw error
  } finally {
    db?.close()
  }
}
