import type { Account } from '../../../../src/access/identity.ts'
import type { Context } from '../context.ts'

export const accessNameSql = {
  account: 'SELECT id, kind FROM access_accounts WHERE name = ?',
  group: 'SELECT id FROM access_groups WHERE name = ?',
  insertGroup: 'INSERT INTO access_groups (name) VALUES (?)',
  insertAccount: `INSERT INTO access_accounts (name, kind, source, admin, password_hash, created_at)
    VALUES (@name, @kind, @source, @admin, @passwordHash, @createdAt)`,
}

export interface AccountInsert {
  readonly name: string
  readonly kind: Account['kind']
  readonly source: string
  readonly admin: boolean
  readonly passwordHash?: string | undefined
}

/** Accounts and groups share their names; every function runs in its caller's transaction. */
export interface AccessNames {
  accountOf(name: string): { readonly id: number; readonly kind: Account['kind'] } | undefined
  /** Robots are given nothing and belong to no group. */
  personOf(name: string): number | undefined
  groupOf(name: string): number | undefined
  /** Makes the group if there is none; `undefined` if an account has the name. */
  ensureGroup(name: string): number | undefined
  /** The id of a new account; `undefined` if the name is taken. */
  insertAccount(account: AccountInsert): number | undefined
}

export function createAccessNames({ db, now }: Context): AccessNames {
  const account = db.prepare<[string], { id: number; kind: Account['kind'] }>(accessNameSql.account)
  const group = db.prepare<[string], number>(accessNameSql.group).pluck()
  const insertGroup = db.prepare<[string]>(accessNameSql.insertGroup)
  const insertAccount = db.prepare<[object]>(accessNameSql.insertAccount)

  function isFree(name: string): boolean {
    return account.get(name) === undefined && group.get(name) === undefined
  }

  return {
    accountOf: (name) => account.get(name),
    personOf(name) {
      const found = account.get(name)
      return found?.kind === 'person' ? found.id : undefined
    },
    groupOf: (name) => group.get(name),
    ensureGroup(name) {
      const found = group.get(name)
      if (found !== undefined) return found
      return isFree(name) ? Number(insertGroup.run(name).lastInsertRowid) : undefined
    },
    insertAccount({ admin, passwordHash, ...rest }) {
      if (!isFree(rest.name)) return undefined
      const row = {
        ...rest,
        admin: admin ? 1 : 0,
        passwordHash: passwordHash ?? null,
        createdAt: now(),
      }
      return Number(insertAccount.run(row).lastInsertRowid)
    },
  }
}
