import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { Reference } from '../../../../src/oci/reference.ts'
import type { FoundManifest, ManifestRecord, ManifestTable } from '../../store.ts'
import type { Context } from '../context.ts'
import { digestColumnHex, fromColumn, toColumn } from '../digest-column.ts'

interface RecordRow {
  readonly digest: Buffer
  readonly mediaType: string
  readonly size: number
}

interface StoredRow extends RecordRow {
  readonly body: Buffer
}

interface Bound<Wanted> {
  readonly name: string
  readonly wanted: Wanted
}

const record = 'm.digest, m.media_type AS mediaType, m.size'
const byDigest = `FROM repositories r
  JOIN manifests m ON m.repository_id = r.id AND m.digest = @wanted`
const sound = 'WHERE r.name = @name AND m.damaged = 0 AND m.deleted_at IS NULL'
const byTag = `FROM repositories r
  JOIN tags t ON t.repository_id = r.id AND t.name = @wanted JOIN manifests m ON m.id = t.manifest_id`
const body = 'JOIN manifest_bodies b ON b.manifest_id = m.id'

export const findSql = {
  findByDigest: `SELECT ${record}, b.body ${byDigest} ${body} ${sound}`,
  findByTag: `SELECT ${record}, b.body ${byTag} ${body} ${sound}`,
  // Expiring: nobody holds it, and it is looked at before the time that who asks is promised.
  headByDigest: `SELECT ${record}, EXISTS (SELECT 1 FROM gc_manifest_queue q
      WHERE q.manifest_id = m.id AND q.due_at < @promised) AS expiring ${byDigest} ${sound}`,
  headByTag: `SELECT ${record} ${byTag} ${sound}`,
  headAll: `SELECT ${record} FROM repositories r JOIN manifests m ON m.repository_id = r.id
    AND m.digest IN (SELECT unhex(value) FROM json_each(@wanted)) ${sound}`,
}

interface HeadRow extends RecordRow {
  readonly expiring: number
}

interface HeadBound extends Bound<Buffer> {
  readonly promised: number
}

function toRecord({ digest, mediaType, size }: RecordRow): ManifestRecord {
  return { digest: fromColumn(digest), mediaType, size }
}

function toFound(row: HeadRow): FoundManifest {
  return row.expiring === 0 ? toRecord(row) : { ...toRecord(row), expiring: true }
}

/** Pulls: one statement each. */
export function createFind(context: Context): Pick<ManifestTable, 'find' | 'head' | 'headAll'> {
  const { reads, now, graceMs } = context
  const findByDigest = reads.prepare<[Bound<Buffer>], StoredRow>(findSql.findByDigest)
  const findByTag = reads.prepare<[Bound<string>], StoredRow>(findSql.findByTag)
  const headByDigest = reads.prepare<[HeadBound], HeadRow>(findSql.headByDigest)
  const headByTag = reads.prepare<[Bound<string>], RecordRow>(findSql.headByTag)
  const headAll = reads.prepare<[Bound<string>], RecordRow>(findSql.headAll)

  function find(name: RepositoryName, reference: Reference): StoredRow | undefined {
    if (reference.digest === undefined) return findByTag.get({ name, wanted: reference.tag })
    return findByDigest.get({ name, wanted: toColumn(reference.digest) })
  }

  return {
    async find(repository, reference) {
      const row = find(repository, reference)
      return row && { ...toRecord(row), body: row.body }
    },
    async head(repository, reference) {
      if (reference.digest === undefined) {
        const tagged = headByTag.get({ name: repository, wanted: reference.tag })
        return tagged && toRecord(tagged)
      }
      const promised = now() + graceMs
      const row = headByDigest.get({
        name: repository,
        wanted: toColumn(reference.digest),
        promised,
      })
      return row && toFound(row)
    },
    async headAll(name, digests) {
      const wanted = JSON.stringify(digests.map(digestColumnHex))
      return headAll.all({ name, wanted }).map(toRecord)
    },
  }
}
