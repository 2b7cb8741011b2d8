import type { Digest } from '../../../../src/oci/digest.ts'
import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { Tag } from '../../../../src/oci/reference.ts'
import type { HistoryTable, MoveQuery, Restored, TagMove } from '../../history/store.ts'
import type { ActivityRows } from '../activity/rows.ts'
import type { Change } from '../change.ts'
import { atMost, type Context } from '../context.ts'
import { fromColumn, toColumn } from '../digest-column.ts'
import type { Visibility } from '../manifests/visibility.ts'
import { orRefused } from '../policies/refusal.ts'
import type { RepositoryRows } from '../repositories.ts'
import type { TagPointers } from '../tag-pointers.ts'

const move = `SELECT h.id AS position, r.name AS repository, h.name AS tag, h.old_digest AS "from",
    h.new_digest AS "to", h.at, h.actor, h.client, h.deletion_id AS deletion, h.purged,
    m.id IS NOT NULL AS present
  FROM tag_history h JOIN repositories r ON r.id = h.repository_id
  LEFT JOIN manifests m ON m.repository_id = h.repository_id AND m.digest = h.old_digest`
const newest = 'AND h.id < @before ORDER BY h.id DESC LIMIT @limit'

export const historySql = {
  all: `${move} WHERE TRUE ${newest}`,
  ofRepository: `${move} WHERE h.repository_id = (SELECT id FROM repositories WHERE name = @repository)
    ${newest}`,
  ofTag: `${move} WHERE h.repository_id = (SELECT id FROM repositories WHERE name = @repository)
    AND h.name = @tag ${newest}`,
  pointed: `SELECT 1 FROM tag_history WHERE repository_id = @repositoryId AND name = @tag
    AND (old_digest = @digest OR new_digest = @digest) LIMIT 1`,
  manifest: `SELECT id, deleted_at IS NOT NULL AS deleted FROM manifests
    WHERE repository_id = ? AND digest = ?`,
  current: `SELECT m.digest FROM tags t JOIN manifests m ON m.id = t.manifest_id
    WHERE t.repository_id = ? AND t.name = ?`,
  forgetDeletions: `DELETE FROM deletions WHERE id IN (SELECT d.id FROM deletions d
    WHERE d.at < ?
    AND NOT EXISTS (SELECT 1 FROM manifests m WHERE m.deletion_id = d.id)
    AND NOT EXISTS (SELECT 1 FROM tag_history h WHERE h.deletion_id = d.id)
    ORDER BY d.at LIMIT ?)`,
  forget: `DELETE FROM tag_history WHERE id IN
    (SELECT id FROM tag_history WHERE at < ? ORDER BY at LIMIT ?)`,
}

interface MoveRow {
  readonly position: number
  readonly repository: RepositoryName
  readonly tag: Tag
  readonly from: Buffer | null
  readonly to: Buffer | null
  readonly at: number
  readonly actor: string | null
  readonly client: string
  readonly deletion: number | null
  readonly purged: number
  readonly present: number
}

interface ManifestState {
  readonly id: number
  readonly deleted: number
}

export interface HistoryParts {
  readonly repositories: RepositoryRows
  readonly pointers: TagPointers
  readonly visibility: Visibility
  readonly activity: ActivityRows
}

function createRestore({ db }: Context, parts: HistoryParts) {
  const { repositories, pointers, visibility, activity } = parts
  const pointed = db.prepare<[{ repositoryId: number; tag: string; digest: Buffer }]>(
    historySql.pointed,
  )
  const find = db.prepare<[number, Buffer], ManifestState>(historySql.manifest)
  const current = db.prepare<[number, string], { digest: Buffer }>(historySql.current)

  return (name: RepositoryName, tag: Tag, wanted: Digest, change: Change): Restored => {
    const repositoryId = repositories.idOf(name)
    const digest = toColumn(wanted)
    if (repositoryId === undefined || !pointed.get({ repositoryId, tag, digest })) {
      return { restored: false, why: 'unknown' }
    }
    const manifest = find.get(repositoryId, digest)
    if (manifest === undefined) return { restored: false, why: 'collected' }
    const from = current.get(repositoryId, tag)?.digest
    if (manifest.deleted === 1) visibility.reveal({ id: manifest.id, repositoryId, digest })
    pointers.point({ repositoryId, manifestId: manifest.id, digest }, [tag], change)
    activity.note('restore', change.by, { repository: name, tag, digest })
    return { restored: true, from: from && fromColumn(from) }
  }
}

export function createHistory(context: Context, parts: HistoryParts): HistoryTable {
  const { db, write, now, keepMs } = context
  const all = db.prepare<[object], MoveRow>(historySql.all)
  const ofRepository = db.prepare<[object], MoveRow>(historySql.ofRepository)
  const ofTag = db.prepare<[object], MoveRow>(historySql.ofTag)
  const forget = db.prepare<[number, number]>(historySql.forget)
  const forgetDeletions = db.prepare<[number, number]>(historySql.forgetDeletions)
  const restore = createRestore(context, parts)

  function select({ repository, tag, before = Number.MAX_SAFE_INTEGER, limit }: MoveQuery) {
    const page = { before, limit: atMost(limit) }
    if (repository === undefined) return all.all(page)
    if (tag === undefined) return ofRepository.all({ ...page, repository })
    return ofTag.all({ ...page, repository, tag })
  }

  function toMove(row: MoveRow): TagMove {
    const { position, repository, tag, from, to, at, actor, client, deletion } = row
    const keptUntil = at + keepMs
    const keeps = from !== null && row.purged === 0 && row.present === 1 && keptUntil > now()
    return {
      position,
      repository,
      tag,
      ...(from === null ? {} : { from: fromColumn(from) }),
      ...(to === null ? {} : { to: fromColumn(to) }),
      at,
      by: actor === null ? { client } : { name: actor, client },
      ...(deletion === null ? {} : { deletion }),
      restorable: from !== null && row.present === 1,
      ...(keeps ? { keptUntil } : {}),
    }
  }

  return {
    async moves(query) {
      return select(query).map(toMove)
    },
    restore: (repository, tag, digest, by, { mayOverwrite } = {}) =>
      orRefused(write(() => restore(repository, tag, digest, { by, mayOverwrite }))),
    forget: (time, limit) =>
      write(() => {
        const before = Math.min(time, now() - keepMs)
        const moves = forget.run(before, atMost(limit)).changes
        forgetDeletions.run(before, atMost(limit))
        return moves
      }),
  }
}
