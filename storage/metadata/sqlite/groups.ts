import Database from 'better-sqlite3'

/** How one work of a group ended. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown }

/**
 * Runs works in one transaction, and gives the outcomes of the first of them, at least one, after
 * the commit. A work that throws is undone alone.
 * @throws what SQLite reports as wrong with the database, not with a row: nothing was done then.
 */
export type AttemptGroup = (works: readonly (() => unknown)[]) => readonly Outcome[]

/** Milliseconds after which a group is committed, though more is waiting: requests wait, too. */
const longest = 5

/** An error that says nothing about the other works of a group. */
function isItsOwn(error: unknown): boolean {
  return !(error instanceof Database.SqliteError) || error.code.startsWith('SQLITE_CONSTRAINT')
}

export function createGroups(db: Database.Database): AttemptGroup {
  /** Inside of another transaction it is a savepoint. */
  const transaction = db.transaction((work: () => unknown) => work())

  function runOne(work: () => unknown): Outcome {
    try {
      return { value: transaction(work) }
    } catch (error) {
      // Some errors undo the whole transaction, and with it what the others did.
      if (db.inTransaction && isItsOwn(error)) return { error }
      throw error
    }
  }

  function runAll(works: readonly (() => unknown)[]): readonly Outcome[] {
    const begun = performance.now()
    const outcomes: Outcome[] = []
    for (const work of works) {
      outcomes.push(runOne(work))
      if (performance.now() - begun > longest) break
    }
    return outcomes
  }

  return (works) => {
    const [only] = works
    if (only !== undefined && works.length === 1) return [{ value: transaction.immediate(only) }]
    return transaction.immediate(() => runAll(works)) as readonly Outcome[]
  }
}
