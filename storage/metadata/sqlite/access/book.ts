import type { Action } from '../../../../src/access/actions.ts'
import type { AccessBook, Grantee } from '../../../../src/access/book.ts'
import type { AccessTable, GrantRecord } from '../../access/store.ts'
import type { Context } from '../context.ts'
import { type AccountRow, accountColumns, toAccount } from './rows.ts'

export const accessVersionSql = 'SELECT version FROM access_version WHERE id = 1'

/** They read all there is, which is little: what people were given by hand. */
export const accessBookSql = {
  accounts: `SELECT ${accountColumns} FROM access_accounts a ORDER BY a.name`,
  tokens: 'SELECT account_id AS id, json_group_array(name) AS names FROM access_tokens GROUP BY 1',
  groups: `SELECT g.name, (SELECT json_group_array(name) FROM (SELECT a.name FROM access_members m
      JOIN access_accounts a ON a.id = m.account_id WHERE m.group_id = g.id ORDER BY a.name)) AS members
    FROM access_groups g ORDER BY g.name`,
  grants: `SELECT g.pattern, g.kind, ifnull(a.name, o.name) AS name, g.actions,
      g.granted_at AS grantedAt, g.granted_by AS grantedBy
    FROM access_grants g LEFT JOIN access_accounts a ON a.id = g.account_id
    LEFT JOIN access_groups o ON o.id = g.group_id ORDER BY g.pattern, g.kind, 3`,
}

interface GroupRow {
  readonly name: string
  readonly members: string
}

interface GrantRow {
  readonly pattern: string
  readonly kind: Grantee['kind']
  /** Of an account or a group. */
  readonly name: string | null
  readonly actions: string
  readonly grantedAt: number
  readonly grantedBy: string
}

function toGrantee({ kind, name }: GrantRow): Grantee {
  if (kind === 'users' || kind === 'anonymous') return { kind }
  return { kind, name: name ?? '' }
}

function toGrant(row: GrantRow): GrantRecord {
  const { pattern, grantedAt, grantedBy } = row
  const actions = JSON.parse(row.actions) as readonly Action[]
  return { grantee: toGrantee(row), pattern, actions, grantedAt, grantedBy }
}

function membersOf({ members }: GroupRow): readonly string[] {
  return JSON.parse(members) as readonly string[]
}

/** Reads of one call are of one moment: they are made in one turn of the event loop. */
export function createAccessBook({
  reads,
}: Context): Pick<AccessTable, 'version' | 'book' | 'groups' | 'grants'> {
  const version = reads.prepareColumn<[], number>(accessVersionSql)
  const accounts = reads.prepare<[], AccountRow>(accessBookSql.accounts)
  const tokens = reads.prepare<[], { id: number; names: string }>(accessBookSql.tokens)
  const groups = reads.prepare<[], GroupRow>(accessBookSql.groups)
  const grants = reads.prepare<[], GrantRow>(accessBookSql.grants)

  return {
    async version() {
      return version.get() ?? 0
    },
    async book(): Promise<AccessBook> {
      return {
        version: version.get() ?? 0,
        accounts: accounts.all().map(toAccount),
        tokens: new Map(
          tokens.all().map(({ id, names }) => [id, new Set<string>(JSON.parse(names))]),
        ),
        groups: new Map(groups.all().map((row) => [row.name, membersOf(row)])),
        grants: grants.all().map((row) => {
          const { grantee, pattern, actions } = toGrant(row)
          return { grantee, pattern, actions }
        }),
      }
    },
    async groups() {
      return groups.all().map((row) => ({ name: row.name, members: membersOf(row) }))
    },
    async grants() {
      return grants.all().map(toGrant)
    },
  }
}
