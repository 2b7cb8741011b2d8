import type { AccountTable, LayerAccount } from '../../accounts/store.ts'
import { atMost, type Context } from '../context.ts'
import { fromColumn, toColumn } from '../digest-column.ts'

/** A base layer may be in all there are, and a page has many base layers. */
const mostRepositories = 1000

export const layerSql = {
  page: `SELECT digest, size,
      (SELECT count(*) FROM (SELECT 1 FROM repository_contents c WHERE c.blob_id = b.id
        LIMIT ${mostRepositories})) AS repositories
    FROM blobs b INDEXED BY blobs_size WHERE (size, digest) < (@size, @digest)
    AND EXISTS (SELECT 1 FROM repository_contents c WHERE c.blob_id = b.id)
    ORDER BY size DESC, digest DESC LIMIT @limit`,
}

interface Bound {
  readonly size: number
  readonly digest: Buffer
  readonly limit: number
}

interface Row extends Omit<LayerAccount, 'digest'> {
  readonly digest: Buffer
}

/** Behind every size. */
const end = { size: Number.MAX_SAFE_INTEGER, digest: Buffer.alloc(0) }

export function createLayers({ reads }: Context): Pick<AccountTable, 'layers'> {
  const page = reads.prepare<[Bound], Row>(layerSql.page)
  return {
    async layers({ after, limit }) {
      const from = after ? { size: after.size, digest: toColumn(after.digest) } : end
      const rows = page.all({ ...from, limit: atMost(limit) })
      return rows.map((row) => ({ ...row, digest: fromColumn(row.digest) }))
    },
  }
}
