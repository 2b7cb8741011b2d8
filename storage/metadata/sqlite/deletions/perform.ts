import type { Tag } from '../../../../src/oci/reference.ts'
import type { DeletionOptions } from '../../deletions/store.ts'
import type { ActivityRows } from '../activity/rows.ts'
import type { Change } from '../change.ts'
import type { Context } from '../context.ts'
import type { ManifestRow, Visibility } from '../manifests/visibility.ts'
import type { RepositoryRows } from '../repositories.ts'
import type { TagPointers } from '../tag-pointers.ts'
import type { DeletionRows } from './rows.ts'

export interface PerformParts {
  readonly rows: DeletionRows
  readonly repositories: RepositoryRows
  readonly pointers: TagPointers
  readonly visibility: Visibility
  readonly activity: ActivityRows
}

export interface Doing extends DeletionOptions {
  readonly repositoryId: number
  /** Goes on with this deletion. */
  readonly deletion?: number | undefined
  /** All of the repository goes, in steps of which this is the first. */
  readonly whole?: boolean
}

/**
 * Deletes tags and manifests of a repository as one deletion, of which it gives the row's id. Runs
 * inside of its caller's transaction.
 */
export type Perform = (
  doing: Doing,
  tags: readonly Tag[],
  manifests: readonly ManifestRow[],
) => number

export function createPerform({ keepMs }: Context, parts: PerformParts): Perform {
  const { rows, repositories, pointers, visibility, activity } = parts

  /** Once for all steps of a deletion. */
  function note(doing: Doing, id: number, tags: readonly Tag[], manifests: readonly ManifestRow[]) {
    if (doing.deletion !== undefined) return
    const counts = { tags: tags.length, manifests: manifests.length }
    activity.note('delete', doing.by, {
      repository: doing.repositoryId,
      tag: tags.length === 1 ? tags[0] : undefined,
      digest: manifests.length === 1 ? manifests[0]?.digest : undefined,
      detail: { deletion: id, ...(doing.whole ? { whole: true } : counts) },
    })
  }
  return (doing, tags, manifests) => {
    const { repositoryId, by } = doing
    // Where nothing can be undone, nothing is kept for it.
    const purge = doing.purge || keepMs === 0
    const deletion = doing.deletion ?? rows.insert(repositoryId, { by, purge })
    const change: Change = { by, deletion, purge }
    for (const tag of tags) pointers.remove(repositoryId, tag, change)
    for (const manifest of manifests) visibility.hide(manifest, change)
    if (manifests.length > 0) repositories.manifestWent(repositoryId)
    note(doing, deletion, tags, manifests)
    return deletion
  }
}
