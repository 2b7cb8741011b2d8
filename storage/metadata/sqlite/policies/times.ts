import type { Digest } from '../../../../src/oci/digest.ts'
import type { Tag } from '../../../../src/oci/reference.ts'
import type { PolicyTable } from '../../policies/store.ts'
import { atMost, type Context } from '../context.ts'
import { fromColumn, toColumn } from '../digest-column.ts'
import { repositorySql } from '../repositories.ts'

/*
 * A manifest without a tag is untagged since the last tag left it. An index that is deleted and a
 * subject that is deleted hold nothing. A page of untagged ones looks at a bounded number of rows.
 */
const untagged = `m.deleted_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM tags t WHERE t.manifest_id = m.id)
  AND NOT EXISTS (SELECT 1 FROM manifest_references e JOIN manifests p ON p.id = e.parent_id
    WHERE e.child_id = m.id AND p.deleted_at IS NULL)
  AND (m.subject_digest IS NULL OR NOT EXISTS (SELECT 1 FROM manifests s
    WHERE s.repository_id = m.repository_id AND s.digest = m.subject_digest
    AND s.deleted_at IS NULL))`

export const timesSql = {
  tags: `SELECT t.name AS tag, m.digest, t.pushed_at AS pushedAt FROM tags t
    JOIN manifests m ON m.id = t.manifest_id
    WHERE t.repository_id = ? AND t.name > ? ORDER BY t.name LIMIT ?`,
  manifests: `SELECT m.digest,
      max(m.created_at, coalesce((SELECT max(h.at) FROM tag_history h
        WHERE h.repository_id = m.repository_id AND h.old_digest = m.digest AND h.purged = 0), 0))
      AS since, ${untagged} AS untagged
    FROM manifests m WHERE m.repository_id = ? AND m.digest > ? ORDER BY m.digest LIMIT ?`,
  isUntagged: `SELECT ${untagged} FROM manifests m WHERE m.repository_id = ? AND m.digest = ?`,
}

interface TagRow {
  readonly tag: Tag
  readonly digest: Buffer
  readonly pushedAt: number
}

interface ManifestRow {
  readonly digest: Buffer
  readonly since: number
  readonly untagged: number
}

const nothing = Buffer.alloc(0)

export function createTimes({
  reads,
}: Context): Pick<PolicyTable, 'tags' | 'untagged' | 'isUntagged'> {
  const find = reads.prepareColumn<[string], number>(repositorySql.id)
  const tags = reads.prepare<[number, string, number], TagRow>(timesSql.tags)
  const manifests = reads.prepare<[number, Buffer, number], ManifestRow>(timesSql.manifests)
  const isUntagged = reads.prepareColumn<[number, Buffer], number>(timesSql.isUntagged)

  function nextOf(rows: readonly ManifestRow[], limit: number): Digest | undefined {
    const last = rows.at(-1)
    return last && rows.length === limit ? fromColumn(last.digest) : undefined
  }

  return {
    async tags(repository, { after = '', limit }) {
      const id = find.get(repository)
      if (id === undefined) return []
      const rows = tags.all(id, after, atMost(limit))
      return rows.map((row) => ({ ...row, digest: fromColumn(row.digest) }))
    },
    async untagged(repository, { after, limit }) {
      const id = find.get(repository)
      if (id === undefined) return { items: [], next: undefined }
      const rows = manifests.all(id, after ? toColumn(after) : nothing, atMost(limit))
      const items = rows.filter(({ untagged }) => untagged === 1)
      return {
        items: items.map(({ digest, since }) => ({ digest: fromColumn(digest), since })),
        next: nextOf(rows, limit),
      }
    },
    async isUntagged(repository, digest) {
      const id = find.get(repository)
      return id !== undefined && isUntagged.get(id, toColumn(digest)) === 1
    },
  }
}
