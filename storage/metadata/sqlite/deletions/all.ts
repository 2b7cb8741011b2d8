import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { Deletion, DeletionOptions } from '../../deletions/store.ts'
import type { Context } from '../context.ts'
import type { ManifestRow, Visibility } from '../manifests/visibility.ts'
import type { Guard } from '../policies/guard.ts'
import type { RepositoryRows } from '../repositories.ts'
import type { Perform } from './perform.ts'
import type { DeletionRows } from './rows.ts'

export interface DeleteAllParts {
  readonly rows: DeletionRows
  readonly repositories: RepositoryRows
  readonly perform: Perform
  readonly guard: Guard
  readonly visibility: Pick<Visibility, 'purge'>
}

const manifest = 'SELECT id, repository_id AS repositoryId, digest FROM manifests'

export const deleteAllSql = {
  // Tags go with their manifests; a tag without one can't be.
  visible: `${manifest} WHERE repository_id = ? AND deleted_at IS NULL LIMIT ?`,
  kept: `SELECT m.id, m.repository_id AS repositoryId, m.digest FROM deletions d
    JOIN manifests m ON m.deletion_id = d.id
    WHERE d.repository_id = ? AND d.undo_until IS NOT NULL LIMIT ?`,
  assign: 'UPDATE manifests SET deletion_id = ? WHERE id = ?',
}

interface Options extends DeletionOptions {
  readonly deletion?: number | undefined
}

/**
 * One step of deleting a repository. A purge takes what earlier deletions keep, too. Runs inside of
 * its caller's transaction.
 */
export function createDeleteAll({ db }: Pick<Context, 'db'>, parts: DeleteAllParts) {
  const { rows, repositories, perform, guard, visibility } = parts
  const visible = db.prepare<[number, number], ManifestRow>(deleteAllSql.visible)
  const kept = db.prepare<[number, number], ManifestRow>(deleteAllSql.kept)
  const assign = db.prepare<[number, number]>(deleteAllSql.assign)

  function purgeKept(deletion: number, manifests: readonly ManifestRow[]): void {
    for (const one of manifests) {
      visibility.purge(one)
      assign.run(deletion, one.id)
    }
  }

  return (name: RepositoryName, limit: number, options: Options) => {
    const repositoryId = repositories.idOf(name)
    if (repositoryId === undefined) return undefined
    const some = visible.all(repositoryId, limit)
    const old = options.purge ? kept.all(repositoryId, limit - some.length) : []
    const begins = options.deletion === undefined
    if (begins && some.length + old.length === 0) return undefined
    // All or nothing: a later step must not be the first that is refused.
    if (begins) guard.removeAllTags(repositoryId)
    const id = perform({ ...options, repositoryId, whole: true }, [], some)
    purgeKept(id, old)
    return { deletion: rows.find(id) as Deletion, done: some.length + old.length < limit }
  }
}
