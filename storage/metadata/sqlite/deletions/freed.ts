import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { Tag } from '../../../../src/oci/reference.ts'
import type { BlobHolder, DeletionPlan } from '../../deletions/store.ts'
import type { Context } from '../context.ts'
import { fromColumn } from '../digest-column.ts'

export const freedSql = {
  blobsOf: `SELECT b.id, b.size FROM manifest_blobs e JOIN blobs b ON b.id = e.blob_id
    WHERE e.manifest_id = ?`,
  holdersOf: 'SELECT manifest_id FROM manifest_blobs WHERE blob_id = ?',
  holder: `SELECT r.name AS repository, m.digest FROM manifests m
    JOIN repositories r ON r.id = m.repository_id WHERE m.id = ?`,
  tagsOf: 'SELECT name FROM tags WHERE manifest_id = ? ORDER BY repository_id, name LIMIT 5',
}

interface HolderRow {
  readonly repository: RepositoryName
  readonly digest: Buffer
}

/** Examples of what holds shared blobs. */
const examples = 10

/** What blobs a set of manifests holds alone, and which not; runs in its caller's transaction. */
export function createFindFreed({ db }: Pick<Context, 'db'>) {
  const blobsOf = db.prepare<[number], { id: number; size: number }>(freedSql.blobsOf)
  const holdersOf = db.prepare<[number], number>(freedSql.holdersOf).pluck()
  const holder = db.prepare<[number], HolderRow>(freedSql.holder)
  const tagsOf = db.prepare<[number], Tag>(freedSql.tagsOf).pluck()

  /** One manifest outside of the set that holds the blob. */
  function outside(blob: number, doomed: ReadonlyMap<number, unknown>): number | undefined {
    for (const id of holdersOf.iterate(blob) as Iterable<number>) if (!doomed.has(id)) return id
    return undefined
  }

  function toHolder(id: number): BlobHolder {
    const { repository, digest } = holder.get(id) as HolderRow
    return { repository, digest: fromColumn(digest), tags: tagsOf.all(id) as Tag[] }
  }

  /** Their blobs, each once, with its bytes. */
  function blobsOfAll(manifests: Iterable<number>): ReadonlyMap<number, number> {
    const each = [...manifests].flatMap((id) => blobsOf.all(id))
    return new Map(each.map(({ id, size }) => [id, size]))
  }

  return (doomed: ReadonlyMap<number, unknown>): Pick<DeletionPlan, 'freed' | 'shared'> => {
    const blobs = blobsOfAll(doomed.keys())
    const freed = { blobs: 0, bytes: 0 }
    const shared = { blobs: 0, bytes: 0 }
    const holders = new Set<number>()
    for (const [blob, size] of blobs) {
      const other = outside(blob, doomed)
      const side = other === undefined ? freed : shared
      side.blobs += 1
      side.bytes += size
      if (other !== undefined && holders.size < examples) holders.add(other)
    }
    return { freed, shared: { ...shared, heldBy: [...holders].map(toHolder) } }
  }
}
