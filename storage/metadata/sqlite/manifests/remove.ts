import type { ManifestTable } from '../../store.ts'
import type { Context } from '../context.ts'
import { toColumn } from '../digest-column.ts'
import { orRefused } from '../policies/refusal.ts'
import type { PutParts } from './put.ts'

export const removeSql = {
  find: `SELECT m.id, m.repository_id AS repositoryId FROM repositories r
    JOIN manifests m ON m.repository_id = r.id AND m.digest = ? WHERE r.name = ?`,
  // The body, the edges from here and the queue row go by cascade.
  remove: 'DELETE FROM manifests WHERE id = ?',
}

interface FoundRow {
  readonly id: number
  readonly repositoryId: number
}

export function createRemove(
  { db, write }: Context,
  { repositories, pending, pointers, queues, guard }: Omit<PutParts, 'edges'>,
): Pick<ManifestTable, 'delete'> {
  const find = db.prepare<[Buffer, string], FoundRow>(removeSql.find)
  const remove = db.prepare<[number]>(removeSql.remove)
  return {
    delete: (repository, digest) =>
      orRefused(
        write(() => {
          const column = toColumn(digest)
          const found = find.get(column, repository)
          if (!found) return false
          const { id, repositoryId } = found
          guard.removePart(id)
          pointers.removeAllOf(id, column)
          queues.dependents(id)
          pending.manifestLeaves(repositoryId, column, id)
          remove.run(id)
          repositories.manifestWent(repositoryId)
          return true
        }),
      ),
  }
}
