import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { AuditedManifest, IntegrityTable } from '../../store.ts'
import { atMost, type Context } from '../context.ts'
import { fromColumn, toColumn } from '../digest-column.ts'

interface Row {
  readonly id: number
  readonly repository: RepositoryName
  readonly digest: Buffer
  readonly mediaType: string
  readonly size: number
  readonly damaged: number
  readonly body: Buffer | null
}

export const auditedManifestSql = {
  page: `SELECT m.id, r.name AS repository, m.digest, m.media_type AS mediaType, m.size, m.damaged,
      b.body FROM manifests m JOIN repositories r ON r.id = m.repository_id
    LEFT JOIN manifest_bodies b ON b.manifest_id = m.id WHERE m.id > ? ORDER BY m.id LIMIT ?`,
  references: `SELECT b.digest FROM manifest_blobs e JOIN blobs b ON b.id = e.blob_id
      WHERE e.manifest_id = @id
    UNION ALL SELECT c.digest FROM manifest_references e JOIN manifests c ON c.id = e.child_id
      WHERE e.parent_id = @id
    UNION ALL SELECT digest FROM pending_references WHERE manifest_id = @id`,
  mark: `UPDATE manifests SET damaged = 1 WHERE digest = ?
    AND repository_id = (SELECT id FROM repositories WHERE name = ?)`,
}

export type AuditedManifests = Pick<IntegrityTable, 'manifests' | 'markManifest'>

export function createAuditedManifests({ db, write }: Context): AuditedManifests {
  const page = db.prepare<[number, number], Row>(auditedManifestSql.page)
  const references = db.prepare<[{ id: number }], { digest: Buffer }>(auditedManifestSql.references)
  const mark = db.prepare<[Buffer, string]>(auditedManifestSql.mark)

  function toAudited({ id, repository, digest, mediaType, size, damaged, body }: Row) {
    const named = references.all({ id }).map((row) => fromColumn(row.digest))
    const audited: AuditedManifest = {
      position: id,
      repository,
      digest: fromColumn(digest),
      mediaType,
      size,
      body: body ?? undefined,
      damaged: damaged !== 0,
      references: new Set(named),
    }
    return audited
  }
  const readPage = db.transaction((after: number, limit: number) =>
    page.all(after, limit).map(toAudited),
  )

  return {
    async manifests(after, limit) {
      return readPage(after, atMost(limit))
    },
    markManifest: (repository, digest) =>
      write(() => mark.run(toColumn(digest), repository).changes > 0),
  }
}
