import type Database from 'better-sqlite3'

/** A statement that only reads. */
export interface ReadStatement<Bound extends unknown[], Row> {
  get(...bound: Bound): Row | undefined
  all(...bound: Bound): Row[]
}

/**
 * Reads on a connection of their own. Those of one turn of the event loop share a transaction, for
 * to begin and end one takes SQLite longer than to find a row.
 */
export interface Reads {
  prepare<Bound extends unknown[], Row>(sql: string): ReadStatement<Bound, Row>
  /** A statement that gives its first column alone. */
  prepareColumn<Bound extends unknown[], Value>(sql: string): ReadStatement<Bound, Value>
  /** What is read after this is what is committed by then. */
  renew(): void
  close(): void
}

/** @param db only for this, and open for reading alone. */
export function createReads(db: Database.Database): Reads {
  const begin = db.prepare('BEGIN')
  const commit = db.prepare('COMMIT')
  let scheduled = false

  function renew(): void {
    if (db.open && db.inTransaction) commit.run()
  }

  function endOfTurn(): void {
    scheduled = false
    renew()
  }

  function enter(): void {
    if (db.inTransaction) return
    begin.run()
    if (scheduled) return
    scheduled = true
    setImmediate(endOfTurn)
  }

  function sharing<Bound extends unknown[], Row>(
    statement: Database.Statement<Bound, Row>,
  ): ReadStatement<Bound, Row> {
    return {
      get(...bound) {
        enter()
        return statement.get(...bound)
      },
      all(...bound) {
        enter()
        return statement.all(...bound)
      },
    }
  }

  return {
    prepare: <Bound extends unknown[], Row>(sql: string) => sharing(db.prepare<Bound, Row>(sql)),
    prepareColumn: <Bound extends unknown[], Value>(sql: string) =>
      sharing(db.prepare<Bound, Value>(sql).pluck() as Database.Statement<Bound, Value>),
    renew,
    close: () => void db.close(),
  }
}
