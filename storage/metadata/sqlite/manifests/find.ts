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

interface Bound<Wanted> {
  readonly name: string
  readonly wanted: Wanted
}

const record = 'm.digest, m.media_type AS mediaType, m.size'
const byDigest = `FROM repositories r
  JOIN manifests m ON m.repository_id = r.id AND m.digest = @wanted`
const sound = 'WHERE r.name = @name AND m.damaged = 0'
const byTag = `FROM repositories r
  JOIN tags t ON t.repository_id = r.id AND t.name = @wanted JOIN manifests m ON m.id = t.manifest_id`
const body = 'JOIN manifest_bodies b ON b.manifest_id = m.id'

export const findSql = {
  findByDigest: `SELECT ${record}, b.body ${byDigest} ${body} ${sound}`,
  findByTag: `SELECT ${record}, b.body ${byTag} ${body} ${sound}`,
  headByDigest: `SELECT ${record} ${byDigest} ${sound}`,
  headByTag: `SELECT ${record} ${byTag} ${sound}`,
  headAll: `SELECT ${record} FROM repositories r JOIN manifests m ON m.repository_id = r.id
    AND m.digest IN (SELECT unhex(value) FROM json_each(@wanted)) ${sound}`,
}

function toRecord({ digest, mediaType, size }: RecordRow): ManifestRecord {
  return { digest: fromColumn(digest), mediaType, size }
}

/** Pulls: one statement each. */
export function createFind({ reads }: Context): Pick<ManifestTable, 'find' | 'head' | 'headAll'> {
  /** The pair of statements that answers a reference of either kind. */
  function prepareLookup<Row>(digestSql: string, tagSql: string) {
    const withDigest = reads.prepare<[Bound<Buffer>], Row>(digestSql)
    const withTag = reads.prepare<[Bound<string>], Row>(tagSql)
    return (name: RepositoryName, reference: Reference) =>
      reference.digest === undefined
        ? withTag.get({ name, wanted: reference.tag })
        : withDigest.get({ name, wanted: toColumn(reference.digest) })
  }
  const find = prepareLookup<StoredRow>(findSql.findByDigest, findSql.findByTag)
  const head = prepareLookup<RecordRow>(findSql.headByDigest, findSql.headByTag)
  const headAll = reads.prepare<[Bound<string>], RecordRow>(findSql.headAll)
  return {
    async find(repository, reference) {
      const row = find(repository, reference)
      return row && { ...toRecord(row), body: row.body }
    },
    async head(repository, reference) {
      const row = head(repository, reference)
      return row && toRecord(row)
    },
    async headAll(name, digests) {
      const wanted = JSON.stringify(digests.map(digestColumnHex))
      return headAll.all({ name, wanted }).map(toRecord)
    },
  }
}
