import type { Usage } from './accounts/usage.ts'
import type { Context } from './context.ts'

/**
 * What stored manifests name and their repository did not have. Every function runs inside of its
 * caller's transaction; digests are columns.
 *
 * One digest may be there as a blob and as a manifest. Then whoever names it has both edges, so that
 * neither is collected, whichever came first.
 */
export interface Pending {
  /** No change where the manifest holds a blob of that digest, though its repository lost the right. */
  add(repositoryId: number, digest: Buffer, manifestId: number): void
  /** A blob came into the repository: whoever waits for it, or knows it as a manifest, gets an edge. */
  blobArrived(repositoryId: number, digest: Buffer, blobId: number): void
  /** The same for a manifest. */
  manifestArrived(repositoryId: number, digest: Buffer, manifestId: number): void
  /** A manifest is about to go: those that list it and have no blob instead wait for it again. */
  manifestLeaves(repositoryId: number, digest: Buffer, manifestId: number): void
}

interface Bound {
  readonly repository: number
  readonly digest: Buffer
  /** Id of the blob or manifest that comes or goes. */
  readonly id: number
}

const waiting = 'FROM pending_references WHERE repository_id = @repository AND digest = @digest'

export const pendingSql = {
  add: `INSERT OR IGNORE INTO pending_references (repository_id, digest, manifest_id)
    SELECT @repository, @digest, @id WHERE NOT EXISTS (
      SELECT 1 FROM blobs b JOIN manifest_blobs k ON k.blob_id = b.id
      WHERE b.digest = @digest AND k.manifest_id = @id)`,
  settle: `DELETE ${waiting}`,
  blobForWaiting: `INSERT OR IGNORE INTO manifest_blobs (manifest_id, blob_id)
    SELECT manifest_id, @id ${waiting}`,
  blobForParents: `INSERT OR IGNORE INTO manifest_blobs (manifest_id, blob_id)
    SELECT e.parent_id, @id FROM manifests c JOIN manifest_references e ON e.child_id = c.id
    WHERE c.repository_id = @repository AND c.digest = @digest`,
  manifestForWaiting: `INSERT OR IGNORE INTO manifest_references (parent_id, child_id)
    SELECT manifest_id, @id ${waiting}`,
  manifestForHolders: `INSERT OR IGNORE INTO manifest_references (parent_id, child_id)
    SELECT e.manifest_id, @id FROM blobs b JOIN manifest_blobs e ON e.blob_id = b.id
    JOIN manifests m ON m.id = e.manifest_id
    WHERE b.digest = @digest AND m.repository_id = @repository`,
  waitAgain: `INSERT OR IGNORE INTO pending_references (repository_id, digest, manifest_id)
    SELECT @repository, @digest, e.parent_id FROM manifest_references e
    WHERE e.child_id = @id AND NOT EXISTS (
      SELECT 1 FROM blobs b JOIN manifest_blobs k ON k.blob_id = b.id
      WHERE b.digest = @digest AND k.manifest_id = e.parent_id)`,
  forgetChild: 'DELETE FROM manifest_references WHERE child_id = ?',
}

export function createPending({ db }: Context, usage: Usage): Pending {
  const prepare = (text: string) => db.prepare<[Bound]>(text)
  const add = prepare(pendingSql.add)
  const settle = db.prepare<[Omit<Bound, 'id'>]>(pendingSql.settle)
  const forBlob = [pendingSql.blobForWaiting, pendingSql.blobForParents].map(prepare)
  const forManifest = [pendingSql.manifestForWaiting, pendingSql.manifestForHolders].map(prepare)
  const waitAgain = prepare(pendingSql.waitAgain)
  const forgetChild = db.prepare<[number]>(pendingSql.forgetChild)

  /** How many edges were made. */
  function arrive(edges: typeof forBlob, bound: Bound): number {
    const made = edges.reduce((sum, statement) => sum + statement.run(bound).changes, 0)
    settle.run({ repository: bound.repository, digest: bound.digest })
    return made
  }
  return {
    add(repository, digest, id) {
      add.run({ repository, digest, id })
    },
    blobArrived(repository, digest, id) {
      if (arrive(forBlob, { repository, digest, id }) > 0) usage.edgesChanged(repository, [id])
    },
    manifestArrived(repository, digest, id) {
      arrive(forManifest, { repository, digest, id })
    },
    manifestLeaves(repository, digest, id) {
      waitAgain.run({ repository, digest, id })
      forgetChild.run(id)
    },
  }
}
