import type { Account, Scope } from '../../../../src/access/identity.ts'
import type { AccountRecord } from '../../access/store.ts'

/** Of `access_accounts a`, in the order and under the names of `AccountRow`. */
export const accountColumns = `a.id, a.name, a.kind, a.source, a.admin,
  max(a.disabled, a.absent) AS disabled, a.epoch`

const groupsOf = `(SELECT json_group_array(g.name) FROM access_members m
  JOIN access_groups g ON g.id = m.group_id WHERE m.account_id = a.id)`

/** The same of `RecordRow`. */
export const recordColumns = `${accountColumns}, a.created_at AS createdAt, a.seen_at AS seenAt,
  a.password_hash IS NOT NULL AS hasPassword, ${groupsOf} AS "groups"`

export interface AccountRow extends Omit<Account, 'admin' | 'disabled'> {
  readonly admin: number
  readonly disabled: number
}

export interface RecordRow extends AccountRow {
  readonly createdAt: number
  readonly seenAt: number | null
  readonly hasPassword: number
  readonly groups: string
}

export function toAccount({ id, name, kind, source, admin, disabled, epoch }: AccountRow): Account {
  return { id, name, kind, source, admin: admin === 1, disabled: disabled === 1, epoch }
}

export function toRecord(row: RecordRow): AccountRecord {
  return {
    ...toAccount(row),
    createdAt: row.createdAt,
    ...(row.seenAt === null ? {} : { seenAt: row.seenAt }),
    hasPassword: row.hasPassword === 1,
    groups: (JSON.parse(row.groups) as string[]).sort(),
  }
}

/** What a token may do at most, as it is stored; absent where that is all that its account may. */
export function toScopes(text: string | null): { readonly scopes?: readonly Scope[] } {
  return text === null ? {} : { scopes: JSON.parse(text) as readonly Scope[] }
}
