import type { Context } from '../context.ts'
import { createHoldings, type Difference, type Held, type Holdings } from './holdings.ts'

/**
 * Keeps what each repository holds. Every function runs inside of the transaction that makes the change
 * it tells of; what they keep is what `recount.ts` counts.
 *
 * Only live manifests count: those without `deleted_at`.
 */
export interface Usage {
  /** After a manifest came or was revived, with all its edges; nothing for one that is not live. */
  manifestCame(manifestId: number): void
  /** Before a manifest is deleted or removed; nothing for one that is not live any more. */
  manifestWent(manifestId: number): void
  /** After edges to these blobs came or went whose manifests stay: counts those of the repository anew. */
  edgesChanged(repositoryId: number, blobIds: readonly number[]): void
  /** After a tag was made, or moved to another manifest. */
  tagCame(repositoryId: number, made: boolean): void
  /** After a tag was deleted. */
  tagWent(repositoryId: number): void
  /** Before all tags of a manifest are deleted. */
  tagsGo(manifestId: number): void
}

export const usageSql = {
  manifest: `SELECT m.repository_id AS repository, m.size, m.created_at AS at, a.manifests FROM manifests m
    LEFT JOIN repository_accounts a ON a.repository_id = m.repository_id
    WHERE m.id = ? AND m.deleted_at IS NULL`,
  open: `INSERT INTO repository_accounts (repository_id, name)
    SELECT id, name FROM repositories WHERE id = ?`,
  list: 'UPDATE repository_accounts SET listed = ? WHERE repository_id = ?',
  edges: `SELECT b.id, b.size, c.manifests FROM manifest_blobs e JOIN blobs b ON b.id = e.blob_id
    LEFT JOIN repository_contents c ON c.repository_id = ? AND c.blob_id = e.blob_id
    WHERE e.manifest_id = ?`,
  count: `UPDATE repository_contents SET manifests = manifests + ?
    WHERE repository_id = ? AND blob_id = ?`,
  add: `UPDATE repository_accounts SET manifests = manifests + @manifests,
      manifest_bytes = manifest_bytes + @bytes, stored_bytes = stored_bytes + @stored,
      unique_bytes = unique_bytes + @unique WHERE repository_id = @repository`,
  addPushed: `UPDATE repository_accounts SET manifests = manifests + @manifests,
      manifest_bytes = manifest_bytes + @bytes, stored_bytes = stored_bytes + @stored,
      unique_bytes = unique_bytes + @unique, pushed_at = max(pushed_at, @at)
    WHERE repository_id = @repository`,
  addContent:
    'UPDATE content_account SET blobs = blobs + @blobs, bytes = bytes + @content WHERE id = 1',
  blob: `SELECT b.id, b.size, coalesce(c.manifests, 0) AS manifests FROM blobs b
    LEFT JOIN repository_contents c ON c.repository_id = ? AND c.blob_id = b.id WHERE b.id = ?`,
  holders: `SELECT count(*) FROM manifest_blobs e JOIN manifests m ON m.id = e.manifest_id
    WHERE e.blob_id = ? AND m.repository_id = ? AND m.deleted_at IS NULL`,
  pushed: `UPDATE repository_accounts SET pushed_at = @at
    WHERE repository_id = @repository AND pushed_at < @at`,
  addTags: 'UPDATE repository_accounts SET tags = tags + ? WHERE repository_id = ?',
  tagsGo: `UPDATE repository_accounts
    SET tags = tags - (SELECT count(*) FROM tags WHERE manifest_id = @id)
    WHERE repository_id = (SELECT repository_id FROM manifests WHERE id = @id)`,
}

type UsageContext = Pick<Context, 'db' | 'now'>

interface ManifestRow {
  readonly repository: number
  readonly size: number
  /** When it was pushed. */
  readonly at: number
  /** Live ones that the repository's account knows; `null` if it has no account yet. */
  readonly manifests: number | null
}

interface EdgeRow extends Held {
  /** Live ones of the repository that hold the blob; `null` for none. */
  readonly manifests: number | null
}

interface Sums extends Difference {
  readonly repository: number
  readonly manifests: number
  /** Of manifests. */
  readonly bytes: number
}

/** @param sign 1 for a manifest that comes, -1 for one that goes, 0 for edges alone. */
function begin(repository: number, sign: 1 | -1 | 0, size: number): Sums {
  const bytes = sign * size
  return { repository, manifests: sign, bytes, stored: bytes, unique: bytes, blobs: 0, content: 0 }
}

/** Writes the sums, each row once for all blobs of a change. */
function createSums({ db }: UsageContext) {
  const add = db.prepare<[Sums]>(usageSql.add)
  const addPushed = db.prepare<[Sums & { at: number }]>(usageSql.addPushed)
  const addContent = db.prepare<[Sums]>(usageSql.addContent)
  /** @param at when it was pushed; absent if nothing was. */
  return (sums: Sums, at?: number): void => {
    if (at === undefined) add.run(sums)
    else addPushed.run({ ...sums, at })
    if (sums.blobs !== 0) addContent.run(sums)
  }
}

type WriteSums = ReturnType<typeof createSums>

function createManifestUsage({ db }: UsageContext, holdings: Holdings, write: WriteSums) {
  const find = db.prepare<[number], ManifestRow>(usageSql.manifest)
  const open = db.prepare<[number]>(usageSql.open)
  const list = db.prepare<[number, number]>(usageSql.list)
  const edges = db.prepare<[number, number], EdgeRow>(usageSql.edges)
  const count = db.prepare<[number, number, number]>(usageSql.count)

  /** Begins the account with the first manifest there ever was, and lists it with each first one. */
  function listFirst({ repository, manifests }: ManifestRow): void {
    if (manifests === null) open.run(repository)
    if (!manifests) list.run(1, repository)
  }

  return {
    manifestCame(manifestId: number): void {
      const manifest = find.get(manifestId)
      if (manifest === undefined) return
      const { repository, size, at } = manifest
      listFirst(manifest)
      const sums = begin(repository, 1, size)
      for (const edge of edges.all(repository, manifestId)) {
        if (edge.manifests === null) holdings.enter(repository, edge, sums)
        else count.run(1, repository, edge.id)
      }
      write(sums, at)
    },
    manifestWent(manifestId: number): void {
      const manifest = find.get(manifestId)
      if (manifest === undefined) return
      const { repository, size } = manifest
      const sums = begin(repository, -1, size)
      for (const edge of edges.all(repository, manifestId)) {
        if (edge.manifests === 1) holdings.leave(repository, edge, sums)
        else count.run(-1, repository, edge.id)
      }
      write(sums)
      if (manifest.manifests === 1) list.run(0, repository)
    },
  }
}

function createEdgeUsage({ db }: UsageContext, holdings: Holdings, write: WriteSums) {
  const find = db.prepare<[number, number], Held & { manifests: number }>(usageSql.blob)
  const countHolders = db.prepare<[number, number], number>(usageSql.holders).pluck()
  const count = db.prepare<[number, number, number]>(usageSql.count)

  function recount(repository: number, blobId: number, sums: Sums): void {
    const blob = find.get(repository, blobId)
    if (blob === undefined) return
    const holders = countHolders.get(blobId, repository) as number
    if (blob.manifests === 0 && holders > 0) {
      holdings.enter(repository, blob, sums)
      count.run(holders - 1, repository, blobId)
    } else if (blob.manifests > 0 && holders === 0) {
      holdings.leave(repository, blob, sums)
    } else {
      count.run(holders - blob.manifests, repository, blobId)
    }
  }

  return (repository: number, blobIds: readonly number[]): void => {
    const sums = begin(repository, 0, 0)
    for (const id of blobIds) recount(repository, id, sums)
    if (sums.blobs !== 0 || sums.stored !== 0) write(sums)
  }
}

export function createUsage(context: UsageContext): Usage {
  const { db, now } = context
  const holdings = createHoldings(context)
  const write = createSums(context)
  const pushed = db.prepare<[{ repository: number; at: number }]>(usageSql.pushed)
  const addTags = db.prepare<[number, number]>(usageSql.addTags)
  const tagsGo = db.prepare<[{ id: number }]>(usageSql.tagsGo)
  return {
    ...createManifestUsage(context, holdings, write),
    edgesChanged: createEdgeUsage(context, holdings, write),
    tagCame(repository, made) {
      if (made) addTags.run(1, repository)
      pushed.run({ repository, at: now() })
    },
    tagWent(repository) {
      addTags.run(-1, repository)
    },
    tagsGo(id) {
      tagsGo.run({ id })
    },
  }
}
