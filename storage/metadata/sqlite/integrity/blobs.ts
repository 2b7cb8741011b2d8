import type { Digest } from '../../../../src/oci/digest.ts'
import type { Damage, StorageKey } from '../../../blobs/store.ts'
import type { AuditedBlob, IntegrityTable } from '../../store.ts'
import { atMost, type Context } from '../context.ts'
import { fromColumn, toColumn } from '../digest-column.ts'

interface Row {
  readonly digest: Buffer
  readonly size: number
  readonly key: StorageKey
  readonly damage: Damage | null
}

const columns = 'digest, size, storage_key AS key, damage'

export const auditedBlobSql = {
  page: `SELECT ${columns} FROM blobs WHERE digest > ? ORDER BY digest LIMIT ?`,
  damaged: `SELECT ${columns} FROM blobs INDEXED BY blobs_damaged
    WHERE damage IS NOT NULL AND digest > ? ORDER BY digest LIMIT ?`,
  one: `SELECT ${columns} FROM blobs WHERE digest = ?`,
  known: `SELECT value AS key FROM json_each(?) WHERE value IN (SELECT storage_key FROM blobs)
    OR value IN (SELECT storage_key FROM gc_objects)`,
  mark: 'UPDATE blobs SET damage = ? WHERE digest = ? AND storage_key = ?',
}

/** Before every digest column. */
const first = Buffer.alloc(0)

function toAudited({ digest, size, key, damage }: Row): AuditedBlob {
  return { digest: fromColumn(digest), size, key, ...(damage === null ? {} : { damage }) }
}

export type AuditedBlobs = Pick<
  IntegrityTable,
  'blobs' | 'damagedBlobs' | 'blob' | 'known' | 'markBlob' | 'clearBlob'
>

export function createAuditedBlobs({ db, write }: Context): AuditedBlobs {
  const page = db.prepare<[Buffer, number], Row>(auditedBlobSql.page)
  const damaged = db.prepare<[Buffer, number], Row>(auditedBlobSql.damaged)
  const one = db.prepare<[Buffer], Row>(auditedBlobSql.one)
  const known = db.prepare<[string], { key: StorageKey }>(auditedBlobSql.known)
  const mark = db.prepare<[Damage | null, Buffer, string]>(auditedBlobSql.mark)
  const set = (damage: Damage | null, digest: Digest, key: StorageKey) =>
    write(() => mark.run(damage, toColumn(digest), key).changes > 0)
  return {
    async blobs(after, limit) {
      return page.all(after ? toColumn(after) : first, atMost(limit)).map(toAudited)
    },
    async damagedBlobs(after, limit) {
      return damaged.all(after ? toColumn(after) : first, atMost(limit)).map(toAudited)
    },
    async blob(digest) {
      const row = one.get(toColumn(digest))
      return row && toAudited(row)
    },
    async known(keys) {
      return new Set(known.all(JSON.stringify(keys)).map((row) => row.key))
    },
    markBlob: (digest, key, damage) => set(damage, digest, key),
    clearBlob: (digest, key) => set(null, digest, key),
  }
}
