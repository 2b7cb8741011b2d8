import type { Usage } from '../accounts/usage.ts'
import type { Context } from '../context.ts'
import type { Pending } from '../pending.ts'
import type { Queues } from '../queues.ts'
import type { ManifestRow } from './visibility.ts'

export const removeSql = {
  // The body, the edges from here and the queue row go by cascade.
  remove: 'DELETE FROM manifests WHERE id = ?',
}

interface RemoveParts {
  readonly pending: Pending
  readonly queues: Queues
  readonly usage: Usage
}

/**
 * Removes the row of a manifest that has no tags, for good; what it held is looked at by the
 * collector. Runs inside of its caller's transaction, who tells the repository.
 */
export type RemoveManifest = (manifest: ManifestRow) => void

export function createRemove(
  { db }: Context,
  { pending, queues, usage }: RemoveParts,
): RemoveManifest {
  const remove = db.prepare<[number]>(removeSql.remove)
  return ({ id, repositoryId, digest }) => {
    queues.dependents(id)
    pending.manifestLeaves(repositoryId, digest, id)
    usage.manifestWent(id)
    remove.run(id)
  }
}
