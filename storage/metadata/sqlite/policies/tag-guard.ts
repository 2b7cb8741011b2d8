import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { Tag } from '../../../../src/oci/reference.ts'
import { findProtection, type TagAction } from '../../../../src/policies/immutability.ts'
import type { Context } from '../context.ts'
import { fromColumn } from '../digest-column.ts'
import { RefusedError } from './refusal.ts'
import type { StoredRules } from './stored-rules.ts'

const tagRow = 'SELECT r.name AS repository, t.name AS tag, m.digest'
const ofTags = `FROM tags t JOIN manifests m ON m.id = t.manifest_id
    JOIN repositories r ON r.id = t.repository_id`

export const tagGuardSql = {
  repository: 'SELECT name FROM repositories WHERE id = ?',
  ofManifest: `${tagRow} ${ofTags} WHERE t.manifest_id = ?`,
  ofRepository: `${tagRow} ${ofTags} WHERE t.repository_id = ?`,
  above: `WITH RECURSIVE above (id) AS (
      SELECT parent_id FROM manifest_references WHERE child_id = ?
      UNION SELECT e.parent_id FROM above JOIN manifest_references e ON e.child_id = above.id)
    ${tagRow} ${ofTags} WHERE t.manifest_id IN (SELECT id FROM above)`,
}

/**
 * Holds immutable tags. Every function runs inside of its caller's transaction.
 * @throws RefusedError, which must undo the transaction.
 */
export interface TagGuard {
  /** The tag is about to point at something else, or to go. */
  change(action: TagAction, repositoryId: number, tag: Tag, digest: Buffer): void
  /** The tags of a manifest are about to go. */
  removeTagsOf(manifestId: number): void
  /** All tags of a repository are about to go. */
  removeAllTags(repositoryId: number): void
  /** A manifest is about to be deleted, on which an index may rest that has tags. */
  removePart(manifestId: number): void
}

interface TagRow {
  readonly repository: RepositoryName
  readonly tag: Tag
  readonly digest: Buffer
}

export function createTagGuard({ db }: Context, rules: StoredRules): TagGuard {
  const repository = db.prepare<[number], RepositoryName>(tagGuardSql.repository).pluck()
  const ofManifest = db.prepare<[number], TagRow>(tagGuardSql.ofManifest)
  const ofRepository = db.prepare<[number], TagRow>(tagGuardSql.ofRepository)
  const above = db.prepare<[number], TagRow>(tagGuardSql.above)

  function check(action: TagAction, { repository: name, tag, digest }: TagRow): void {
    const rule = findProtection(rules.current('immutability'), name, action)(tag)
    if (rule === undefined) return
    const refused = { action, rule: rule.name, tag, digest: fromColumn(digest) }
    throw new RefusedError({ reason: 'immutable', ...refused })
  }

  function checkAll(find: typeof ofManifest, id: number): void {
    if (rules.current('immutability').length === 0) return
    for (const row of find.iterate(id)) check('delete', row)
  }

  return {
    change(action, repositoryId, tag, digest) {
      if (rules.current('immutability').length === 0) return
      const name = repository.get(repositoryId)
      if (name !== undefined) check(action, { repository: name, tag, digest })
    },
    removeTagsOf: (manifestId) => checkAll(ofManifest, manifestId),
    removeAllTags: (repositoryId) => checkAll(ofRepository, repositoryId),
    removePart: (manifestId) => checkAll(above, manifestId),
  }
}
