import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { Tag } from '../../../../src/oci/reference.ts'
import type { ManifestTable, TagTable } from '../../store.ts'
import { nobody } from '../change.ts'
import type { Context } from '../context.ts'
import { toColumn } from '../digest-column.ts'
import type { ManifestRow } from '../manifests/visibility.ts'
import type { Guard } from '../policies/guard.ts'
import { orRefused } from '../policies/refusal.ts'
import type { RepositoryRows } from '../repositories.ts'
import type { Perform } from './perform.ts'

export const oneSql = {
  manifest: `SELECT m.id, m.repository_id AS repositoryId, m.digest FROM repositories r
    JOIN manifests m ON m.repository_id = r.id AND m.digest = ?
    WHERE r.name = ? AND m.deleted_at IS NULL`,
  tag: 'SELECT 1 FROM tags WHERE repository_id = ? AND name = ?',
}

export interface DeleteOneParts {
  readonly perform: Perform
  readonly repositories: RepositoryRows
  readonly guard: Guard
}

/** The deletions of the distribution API: one manifest with its tags, or one tag alone. */
export function createDeleteOne(
  { db, write }: Context,
  { perform, repositories, guard }: DeleteOneParts,
): { readonly manifest: ManifestTable['delete']; readonly tag: TagTable['delete'] } {
  const findManifest = db.prepare<[Buffer, string], ManifestRow>(oneSql.manifest)
  const findTag = db.prepare<[number, string]>(oneSql.tag)

  function deleteTag(name: RepositoryName, tag: Tag, by = nobody): boolean {
    const repositoryId = repositories.idOf(name)
    if (repositoryId === undefined || !findTag.get(repositoryId, tag)) return false
    perform({ repositoryId, by, purge: false }, [tag], [])
    return true
  }

  return {
    manifest: (repository, digest, by = nobody) =>
      orRefused(
        write(() => {
          const found = findManifest.get(toColumn(digest), repository)
          if (!found) return false
          guard.removePart(found.id)
          perform({ repositoryId: found.repositoryId, by, purge: false }, [], [found])
          return true
        }),
      ),
    tag: (repository, tag, by) => orRefused(write(() => deleteTag(repository, tag, by))),
  }
}
