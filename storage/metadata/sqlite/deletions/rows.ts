import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { Deletion, DeletionOptions } from '../../deletions/store.ts'
import type { Context } from '../context.ts'

/** The rows of deletions; every function runs inside of its caller's transaction. */
export interface DeletionRows {
  insert(repositoryId: number, options: DeletionOptions): number
  find(id: number): Deletion | undefined
  markUndone(id: number): void
  markPurged(id: number): void
}

export const deletionSql = {
  insert: `INSERT INTO deletions (repository_id, at, actor, client, undo_until)
    VALUES (@repositoryId, @at, @actor, @client, @undoUntil)`,
  find: `SELECT d.id, r.name AS repository, d.at, d.actor, d.client, d.undo_until AS undoUntil,
      d.undone_at AS undoneAt
    FROM deletions d JOIN repositories r ON r.id = d.repository_id WHERE d.id = ?`,
  markPurged: 'UPDATE deletions SET undo_until = NULL WHERE id = ?',
  markUndone: 'UPDATE deletions SET undone_at = ? WHERE id = ?',
}

interface NewRow {
  readonly repositoryId: number
  readonly at: number
  readonly actor: string | null
  readonly client: string
  readonly undoUntil: number | null
}

interface Row extends Pick<Deletion, 'id' | 'at'> {
  readonly repository: RepositoryName
  readonly actor: string | null
  readonly client: string
  readonly undoUntil: number | null
  readonly undoneAt: number | null
}

function toDeletion({ id, repository, at, actor, client, undoUntil, undoneAt }: Row): Deletion {
  return {
    id,
    repository,
    at,
    by: actor === null ? { client } : { name: actor, client },
    ...(undoUntil === null ? {} : { undoUntil }),
    ...(undoneAt === null ? {} : { undoneAt }),
  }
}

export function createDeletionRows({ db, now, keepMs }: Context): DeletionRows {
  const insert = db.prepare<[NewRow]>(deletionSql.insert)
  const find = db.prepare<[number], Row>(deletionSql.find)
  const markUndone = db.prepare<[number, number]>(deletionSql.markUndone)
  const markPurged = db.prepare<[number]>(deletionSql.markPurged)
  return {
    insert(repositoryId, { by, purge }) {
      const { lastInsertRowid } = insert.run({
        repositoryId,
        at: now(),
        actor: by.name ?? null,
        client: by.client,
        undoUntil: purge || keepMs === 0 ? null : now() + keepMs,
      })
      return Number(lastInsertRowid)
    },
    find(id) {
      const row = find.get(id)
      return row && toDeletion(row)
    },
    markPurged(id) {
      markPurged.run(id)
    },
    markUndone(id) {
      markUndone.run(now(), id)
    },
  }
}
