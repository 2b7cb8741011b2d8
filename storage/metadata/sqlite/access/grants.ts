import { type Action, actions } from '../../../../src/access/actions.ts'
import type { Grantee } from '../../../../src/access/book.ts'
import type { AccessTable } from '../../access/store.ts'
import type { Context } from '../context.ts'
import type { AccessNames } from './names.ts'

const ofGrantee =
  'kind = @kind AND account_id IS @account AND group_id IS @group AND pattern = @pattern'

export const grantSql = {
  replace: `UPDATE access_grants SET actions = @actions, granted_at = @at, granted_by = @by
    WHERE ${ofGrantee}`,
  insert: `INSERT INTO access_grants
      (pattern, kind, account_id, group_id, actions, granted_at, granted_by)
    VALUES (@pattern, @kind, @account, @group, @actions, @at, @by)`,
  remove: `DELETE FROM access_grants WHERE ${ofGrantee}`,
}

interface GranteeRow {
  readonly kind: Grantee['kind']
  readonly account: number | null
  readonly group: number | null
}

type PatternRow = GranteeRow & { readonly pattern: string }

interface GrantRow extends PatternRow {
  readonly actions: string
  readonly at: number
  readonly by: string
}

/** Each once, in the order they are told in. */
function sortActions(given: readonly Action[]): string {
  return JSON.stringify(actions.filter((action) => given.includes(action)))
}

export function createAccessGrants(
  { db, write, now }: Context,
  names: AccessNames,
): Pick<AccessTable, 'grant' | 'revoke'> {
  const replace = db.prepare<[GrantRow]>(grantSql.replace)
  const insert = db.prepare<[GrantRow]>(grantSql.insert)
  const remove = db.prepare<[PatternRow]>(grantSql.remove)

  function rowOf(
    grantee: Grantee,
    groupOf: (name: string) => number | undefined,
  ): GranteeRow | undefined {
    const nobody = { kind: grantee.kind, account: null, group: null }
    if (grantee.kind === 'account') {
      const account = names.personOf(grantee.name)
      return account === undefined ? undefined : { ...nobody, account }
    }
    if (grantee.kind === 'group') {
      const group = groupOf(grantee.name)
      return group === undefined ? undefined : { ...nobody, group }
    }
    return nobody
  }

  return {
    grant: ({ grantee, pattern, actions: given }, by) =>
      write(() => {
        const whose = rowOf(grantee, names.ensureGroup)
        if (whose === undefined) return false
        const row = { ...whose, pattern, actions: sortActions(given), at: now(), by }
        if (replace.run(row).changes === 0) insert.run(row)
        return true
      }),
    revoke: (grantee, pattern) =>
      write(() => {
        const whose = rowOf(grantee, names.groupOf)
        return whose !== undefined && remove.run({ ...whose, pattern }).changes > 0
      }),
  }
}
