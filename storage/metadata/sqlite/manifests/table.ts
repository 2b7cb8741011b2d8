import type { ManifestTable } from '../../store.ts'
import type { Context } from '../context.ts'
import { toColumn } from '../digest-column.ts'
import { createFind } from './find.ts'
import { createPut, type PutParts } from './put.ts'
import { createReferrers } from './referrers.ts'

export const leaseSql = {
  find: `SELECT m.id FROM repositories r
    JOIN manifests m ON m.repository_id = r.id AND m.digest = ?
    WHERE r.name = ? AND m.deleted_at IS NULL AND m.damaged = 0`,
}

function createLease({ db, write }: Context, { queues }: PutParts): ManifestTable['lease'] {
  const find = db.prepare<[Buffer, string], { id: number }>(leaseSql.find)
  return (repository, digest) =>
    write(() => {
      const row = find.get(toColumn(digest), repository)
      if (row) queues.leaseManifest(row.id)
      return row !== undefined
    })
}

export function createManifests(
  context: Context,
  parts: PutParts & { readonly deleteManifest: ManifestTable['delete'] },
): ManifestTable {
  return {
    ...createFind(context),
    ...createPut(context, parts),
    ...createReferrers(context),
    lease: createLease(context, parts),
    delete: parts.deleteManifest,
  }
}
