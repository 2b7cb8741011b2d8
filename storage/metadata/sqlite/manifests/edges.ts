import type { Digest } from '../../../../src/oci/digest.ts'
import type { NewManifest, WantedReference } from '../../store.ts'
import type { Context } from '../context.ts'
import { toColumn } from '../digest-column.ts'
import type { Pending } from '../pending.ts'
import type { Queues } from '../queues.ts'
import type { Rights } from '../rights.ts'

/** What a manifest names, looked up in its repository; each once, however often it is named. */
export interface Resolved {
  /** Row ids. */
  readonly blobs: Set<number>
  readonly children: Set<number>
  /** Not there, and need not be. */
  readonly pending: Set<Digest>
  /** Not there, but required. */
  readonly missing: Set<Digest>
}

/** Every function runs inside of its caller's transaction. */
export interface Edges {
  resolve(repositoryId: number, manifest: NewManifest): Resolved
  /**
   * Writes what is not written yet; what the manifest holds already stays. Gives the blobs it holds
   * from now on.
   */
  connect(repositoryId: number, manifestId: number, resolved: Resolved): readonly number[]
}

export const edgeSql = {
  // A deleted one, too: whoever connects it brings it back.
  child: 'SELECT id FROM manifests WHERE repository_id = ? AND digest = ?',
  toBlob: 'INSERT OR IGNORE INTO manifest_blobs (manifest_id, blob_id) VALUES (?, ?)',
  toChild: 'INSERT OR IGNORE INTO manifest_references (parent_id, child_id) VALUES (?, ?)',
}

function sort(
  into: Resolved,
  { digest, required }: WantedReference,
  blob: number | undefined,
  child?: number,
): void {
  if (blob !== undefined) into.blobs.add(blob)
  if (child !== undefined) into.children.add(child)
  if (blob !== undefined || child !== undefined) return
  if (required) into.missing.add(digest)
  else into.pending.add(digest)
}

export interface EdgeParts {
  readonly rights: Rights
  readonly pending: Pending
  readonly queues: Queues
}

export function createEdges({ db }: Context, { rights, pending, queues }: EdgeParts): Edges {
  const selectChild = db.prepare<[number, Buffer], { id: number }>(edgeSql.child)
  const toBlob = db.prepare<[number, number]>(edgeSql.toBlob)
  const toChild = db.prepare<[number, number]>(edgeSql.toChild)

  return {
    resolve(repositoryId, { blobs, children }) {
      const found: Resolved = {
        blobs: new Set(),
        children: new Set(),
        pending: new Set(),
        missing: new Set(),
      }
      for (const wanted of blobs) {
        sort(found, wanted, rights.blobId(repositoryId, toColumn(wanted.digest)))
      }
      for (const wanted of children) {
        const column = toColumn(wanted.digest)
        const child = selectChild.get(repositoryId, column)?.id
        sort(found, wanted, rights.blobId(repositoryId, column), child)
      }
      return found
    },
    connect(repositoryId, manifestId, found) {
      const made = [...found.blobs].filter((id) => toBlob.run(manifestId, id).changes > 0)
      for (const id of made) queues.blobHeld(id)
      for (const id of found.children) {
        if (toChild.run(manifestId, id).changes > 0) queues.manifestHeld(id)
      }
      for (const digest of found.pending) pending.add(repositoryId, toColumn(digest), manifestId)
      return made
    },
  }
}
