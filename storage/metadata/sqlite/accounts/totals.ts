import type { StorageKey } from '../../../blobs/store.ts'
import type {
  AccountTable,
  Apart,
  NamespaceAccount,
  RegistryAccount,
} from '../../accounts/store.ts'
import type { Context } from '../context.ts'
import { blobBytes, goingSql, manifestBytes } from './closure.ts'
import { type NameRange, namesBelow } from './scope.ts'

const sums = `count(*) FILTER (WHERE listed = 1) AS repositories, coalesce(sum(tags), 0) AS tags,
  coalesce(sum(manifests), 0) AS manifests, coalesce(sum(manifest_bytes), 0) AS manifestBytes`

/** Live and without a tag, but tag history names them; whatever else holds them is asked then. */
const historyRoots = `SELECT m.id FROM tag_history h INDEXED BY tag_history_at
  JOIN manifests m ON m.repository_id = h.repository_id AND m.digest = h.old_digest
  WHERE h.at >= @since AND h.old_digest IS NOT NULL AND h.purged = 0 AND m.deleted_at IS NULL`

const tagged = 'EXISTS (SELECT 1 FROM tags t WHERE t.manifest_id = c.id)'

const deleted = 'SELECT id FROM manifests WHERE deleted_at IS NOT NULL'

/** Deleted, and may be revived yet. */
const revivable = `SELECT m.id FROM manifests m CROSS JOIN deletions d ON d.id = m.deletion_id
  WHERE m.deleted_at IS NOT NULL AND d.undo_until > @now`

/** What these manifests, deleted ones, hold and no live one. */
const heldOnlyBy = (manifests: string) => `SELECT e.blob_id FROM manifest_blobs e
  WHERE e.manifest_id IN (${manifests})
  AND NOT EXISTS (SELECT 1 FROM repository_contents c WHERE c.blob_id = e.blob_id)`

export const totalSql = {
  registry: `SELECT ${sums}, (SELECT blobs FROM content_account) AS blobs,
    (SELECT bytes FROM content_account) AS blobBytes FROM repository_accounts`,
  namespace: `SELECT ${sums} FROM repository_accounts WHERE name BETWEEN @from AND @to`,
  namespaceBlobs: `SELECT count(*) AS blobs, coalesce(sum(b.size), 0) AS stored,
      coalesce(sum(b.size) FILTER (WHERE h.repositories = (SELECT count(*)
        FROM repository_contents o WHERE o.blob_id = h.blob_id)), 0) AS "unique"
    FROM (SELECT c.blob_id, count(*) AS repositories FROM repository_accounts a
      JOIN repository_contents c ON c.repository_id = a.repository_id
      WHERE a.name BETWEEN @from AND @to GROUP BY c.blob_id) h
    JOIN blobs b ON b.id = h.blob_id`,
  history: `${goingSql(historyRoots, tagged)} SELECT ${blobBytes('SELECT id FROM freed')} AS blobs,
    ${manifestBytes('SELECT id FROM going')} AS manifests`,
  revivable: `SELECT ${blobBytes(heldOnlyBy(revivable))} AS blobs,
    ${manifestBytes(revivable)} AS manifests`,
  gone: `SELECT coalesce(sum(size), 0) FROM blobs WHERE id IN (${heldOnlyBy(deleted)})
    AND id NOT IN (${heldOnlyBy(revivable)})`,
  unheld: `SELECT coalesce(sum(b.size), 0) FROM gc_blob_queue q JOIN blobs b ON b.id = q.blob_id
    WHERE NOT EXISTS (SELECT 1 FROM manifest_blobs e WHERE e.blob_id = q.blob_id)`,
  trash: 'SELECT coalesce(sum(size), 0) FROM gc_objects',
  trashUnknown: 'SELECT storage_key FROM gc_objects WHERE size IS NULL',
}

interface Held {
  readonly blobs: number
  readonly manifests: number
}

type Counts = Omit<RegistryAccount, 'stored' | 'blobs'>
type NamespaceBlobs = Pick<NamespaceAccount, 'blobs' | 'stored' | 'unique'>

function createApart({ db, now }: Context): Pick<AccountTable, 'apart'> {
  const history = db.prepare<[{ since: number }], Held>(totalSql.history)
  const revivableOnly = db.prepare<[{ now: number }], Held>(totalSql.revivable)
  const gone = db.prepare<[{ now: number }], number>(totalSql.gone).pluck()
  const unheld = db.prepare<[], number>(totalSql.unheld).pluck()
  const trash = db.prepare<[], number>(totalSql.trash).pluck()
  const trashUnknown = db.prepare<[], StorageKey>(totalSql.trashUnknown).pluck()
  const read = db.transaction((since: number): Apart => {
    const kept = history.get({ since }) as Held
    const bound = { now: now() }
    const deletedOnes = revivableOnly.get(bound) as Held
    return {
      undo: kept.blobs + deletedOnes.blobs,
      history: kept.blobs,
      waiting: (gone.get(bound) as number) + (unheld.get() as number),
      trash: trash.get() as number,
      trashUnknown: trashUnknown.all() as StorageKey[],
      undoManifestBytes: kept.manifests + deletedOnes.manifests,
    }
  })
  return {
    async apart(historySince) {
      return read(historySince)
    },
  }
}

export function createTotals(
  context: Context,
): Pick<AccountTable, 'registry' | 'namespace' | 'apart'> {
  const { db } = context
  const registry = db.prepare<[], Counts & { blobs: number; blobBytes: number }>(totalSql.registry)
  const namespace = db.prepare<[NameRange], Counts>(totalSql.namespace)
  const namespaceBlobs = db.prepare<[NameRange], NamespaceBlobs>(totalSql.namespaceBlobs)

  const readNamespace = db.transaction((range: NameRange): NamespaceAccount => {
    const counts = namespace.get(range) as Counts
    const { blobs, stored, unique } = namespaceBlobs.get(range) as NamespaceBlobs
    const { manifestBytes: own } = counts
    return { ...counts, blobs, stored: stored + own, unique: unique + own }
  })

  return {
    ...createApart(context),
    async registry() {
      const { blobBytes: bytes, ...counts } = registry.get() as Counts & {
        blobs: number
        blobBytes: number
      }
      return { ...counts, stored: bytes + counts.manifestBytes }
    },
    async namespace(prefix) {
      return readNamespace(namesBelow(prefix))
    },
  }
}
