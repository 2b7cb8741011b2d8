import type { Digest } from '../../../../src/oci/digest.ts'
import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { Reference } from '../../../../src/oci/reference.ts'
import type { ManifestRecord, ManifestTable } from '../../store.ts'
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

const record = 'm.digest, m.media_type AS mediaType, m.size'
const byDigest = `FROM repositories r
  JOIN manifests m ON m.repository_id = r.id AND m.digest = ?2`
const byTag = `FROM repositories r
  JOIN tags t ON t.repository_id = r.id AND t.name = ?2 JOIN manifests m ON m.id = t.manifest_id`
const body = 'JOIN manifest_bodies b ON b.manifest_id = m.id'

export const findSql = {
  findByDigest: `SELECT ${record}, b.body ${byDigest} ${body} WHERE r.name = ?1`,
  findByTag: `SELECT ${record}, b.body ${byTag} ${body} WHERE r.name = ?1`,
  headByDigest: `SELECT ${record} ${byDigest} WHERE r.name = ?1`,
  headByTag: `SELECT ${record} ${byTag} WHERE r.name = ?1`,
  headAll: `SELECT ${record} FROM repositories r JOIN manifests m ON m.repository_id = r.id
    AND m.digest IN (SELECT unhex(value) FROM json_each(?2)) WHERE r.name = ?1`,
}

function toRecord({ digest, mediaType, size }: RecordRow): ManifestRecord {
  return { digest: fromColumn(digest), mediaType, size }
}

/** Pulls: one statement each. */
export function createFind({ db }: Context): Pick<ManifestTable, 'find' | 'head' | 'headAll'> {
  /** The pair of statements that answers a reference of either kind. */
  function prepareLookup<Row>(digestSql: string, tagSql: string) {
    const withDigest = db.prepare<[string, Buffer], Row>(digestSql)
    const withTag = db.prepare<[string, string], Row>(tagSql)
    return (repository: RepositoryName, reference: Reference) =>
      reference.digest === undefined
        ? withTag.get(repository, reference.tag)
        : withDigest.get(repository, toColumn(reference.digest))
  }
  const find = prepareLookup<StoredRow>(findSql.findByDigest, findSql.findByTag)
  const head = prepareLookup<RecordRow>(findSql.headByDigest, findSql.headByTag)
  const headAll = db.prepare<[string, string], RecordRow>(findSql.headAll)
  return {
    async find(repository, reference) {
      const row = find(repository, reference)
      return row && { ...toRecord(row), body: row.body }
    },
    async head(repository, reference) {
      const row = head(repository, reference)
      return row && toRecord(row)
    },
    async headAll(repository, digests: readonly Digest[]) {
      const list = JSON.stringify(digests.map(digestColumnHex))
      return headAll.all(repository, list).map(toRecord)
    },
  }
}
