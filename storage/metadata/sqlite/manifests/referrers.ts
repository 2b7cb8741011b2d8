import type { ManifestTable, Referrer } from '../../store.ts'
import { atMost, type Context } from '../context.ts'
import { fromColumn, toColumn } from '../digest-column.ts'

interface ReferrerRow {
  readonly digest: Buffer
  readonly mediaType: string
  readonly size: number
  readonly artifactType: string | null
  readonly annotations: string | null
}

interface ReferrerBound {
  readonly repository: string
  readonly subject: Buffer
  readonly after: Buffer
  /** JSON array; null for all. */
  readonly types: string | null
  readonly limit: number
}

export const referrersSql = `SELECT m.digest, m.media_type AS mediaType, m.size,
    m.artifact_type AS artifactType, m.annotations
  FROM repositories r CROSS JOIN manifests m
  WHERE r.name = @repository AND m.repository_id = r.id AND m.subject_digest = @subject
    AND m.digest > @after AND m.deleted_at IS NULL
    AND (@types IS NULL OR m.artifact_type IN (SELECT value FROM json_each(@types)))
  ORDER BY m.digest LIMIT @limit`

const beginning = Buffer.alloc(0)

function toReferrer(row: ReferrerRow): Referrer {
  const { digest, mediaType, size, artifactType, annotations } = row
  return {
    digest: fromColumn(digest),
    mediaType,
    size,
    ...(artifactType === null ? {} : { artifactType }),
    ...(annotations === null ? {} : { annotations: JSON.parse(annotations) }),
  }
}

export function createReferrers({ reads }: Context): Pick<ManifestTable, 'referrers'> {
  const select = reads.prepare<[ReferrerBound], ReferrerRow>(referrersSql)
  return {
    async referrers(repository, subject, { artifactTypes, after, limit }) {
      const bound = {
        repository,
        subject: toColumn(subject),
        after: after === undefined ? beginning : toColumn(after),
        types: artifactTypes ? JSON.stringify(artifactTypes) : null,
        limit: atMost(limit),
      }
      return select.all(bound).map(toReferrer)
    },
  }
}
