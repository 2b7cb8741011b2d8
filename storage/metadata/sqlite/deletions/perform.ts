import type { Tag } from '../../../../src/oci/reference.ts'
import type { DeletionOptions } from '../../deletions/store.ts'
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
}

export interface Doing extends DeletionOptions {
  readonly repositoryId: number
  /** Goes on with this deletion. */
  readonly deletion?: number | undefined
}

/**
 * Deletes tags and manifests of a repository as one deletion, of which it gives the row's id. Runs
 * inside of its caller's transaction.
 */
export type Perform = (
  doing: Doing,
  tags: Iterable<Tag>,
  manifests: Iterable<ManifestRow>,
) => number

export function createPerform({ keepMs }: Context, parts: PerformParts): Perform {
  const { rows, repositories, pointers, visibility } = parts
  return (doing, tags, manifests) => {
    const { repositoryId, by } = doing
    // Where nothing can be undone, nothing is kept for it.
    const purge = doing.purge || keepMs === 0
    const deletion = doing.deletion ?? rows.insert(repositoryId, { by, purge })
    const change: Change = { by, deletion, purge }
    for (const tag of tags) pointers.remove(repositoryId, tag, change)
    let hidden = 0
    for (const manifest of manifests) {
      visibility.hide(manifest, change)
      hidden += 1
    }
    if (hidden > 0) repositories.manifestWent(repositoryId)
    return deletion
  }
}
