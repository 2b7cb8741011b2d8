import type { Tag } from '../../../../src/oci/reference.ts'
import type { Holder } from '../../deletions/store.ts'
import type { Context } from '../context.ts'
import { fromColumn } from '../digest-column.ts'
import type { ManifestRow } from '../manifests/visibility.ts'

/** A manifest that is there, as deletions look at it. */
export interface RelatedManifest extends ManifestRow {
  readonly mediaType: string
  readonly size: number
  readonly subject: Buffer | null
}

const record = `m.id, m.repository_id AS repositoryId, m.digest, m.media_type AS mediaType, m.size,
  m.subject_digest AS subject`

export const relationSql = {
  byTag: `SELECT ${record} FROM tags t JOIN manifests m ON m.id = t.manifest_id
    WHERE t.repository_id = ? AND t.name = ?`,
  byDigest: `SELECT ${record} FROM manifests m
    WHERE m.repository_id = ? AND m.digest = ? AND m.deleted_at IS NULL`,
  tagsOf: 'SELECT name FROM tags WHERE manifest_id = ? ORDER BY repository_id, name',
  parentsOf: `SELECT p.id, p.digest FROM manifest_references e JOIN manifests p ON p.id = e.parent_id
    WHERE e.child_id = ? AND p.deleted_at IS NULL`,
  childrenOf: `SELECT ${record} FROM manifest_references e JOIN manifests m ON m.id = e.child_id
    WHERE e.parent_id = ? AND m.deleted_at IS NULL`,
  referrersOf: `SELECT ${record} FROM manifests m
    WHERE m.repository_id = @repositoryId AND m.subject_digest = @digest AND m.deleted_at IS NULL`,
}

/** Who belongs to whom; every function runs inside of its caller's transaction. */
export interface Relations {
  byTag(repositoryId: number, tag: Tag): RelatedManifest | undefined
  byDigest(repositoryId: number, digest: Buffer): RelatedManifest | undefined
  childrenOf(manifest: RelatedManifest): readonly RelatedManifest[]
  referrersOf(manifest: RelatedManifest): readonly RelatedManifest[]
  tagsOf(manifest: Pick<RelatedManifest, 'id'>): readonly Tag[]
  /** Indexes and the subject that keep it, but for those that go themselves. */
  holdersOf(manifest: RelatedManifest, goes: (id: number) => boolean): readonly Holder[]
}

export function createRelations({ db }: Pick<Context, 'db'>): Relations {
  const byTag = db.prepare<[number, string], RelatedManifest>(relationSql.byTag)
  const byDigest = db.prepare<[number, Buffer], RelatedManifest>(relationSql.byDigest)
  const tagsOf = db.prepare<[number], Tag>(relationSql.tagsOf).pluck()
  const parentsOf = db.prepare<[number], Pick<ManifestRow, 'id' | 'digest'>>(relationSql.parentsOf)
  const childrenOf = db.prepare<[number], RelatedManifest>(relationSql.childrenOf)
  const referrersOf = db.prepare<[Pick<ManifestRow, 'repositoryId' | 'digest'>], RelatedManifest>(
    relationSql.referrersOf,
  )
  return {
    byTag: (repositoryId, tag) => byTag.get(repositoryId, tag),
    byDigest: (repositoryId, digest) => byDigest.get(repositoryId, digest),
    childrenOf: ({ id }) => childrenOf.all(id),
    referrersOf: ({ repositoryId, digest }) => referrersOf.all({ repositoryId, digest }),
    tagsOf: ({ id }) => tagsOf.all(id) as Tag[],
    holdersOf({ id, repositoryId, subject }, goes) {
      const parents = parentsOf.all(id).filter((parent) => !goes(parent.id))
      const found = subject === null ? undefined : byDigest.get(repositoryId, subject)
      const kept = found === undefined || goes(found.id) ? [] : [found]
      return [
        ...parents.map(({ digest }): Holder => ({ kind: 'index', digest: fromColumn(digest) })),
        ...kept.map(({ digest }): Holder => ({ kind: 'subject', digest: fromColumn(digest) })),
      ]
    },
  }
}
