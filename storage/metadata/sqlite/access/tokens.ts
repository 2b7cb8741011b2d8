import type { NewToken, SecretTable, TokenRecord } from '../../access/store.ts'
import type { Context } from '../context.ts'
import type { AccessNames } from './names.ts'
import { toScopes } from './rows.ts'

const record = `SELECT a.name AS account, t.name, a.kind = 'robot' AS robot, t.scopes,
    t.created_at AS createdAt, t.created_by AS createdBy, t.expires_at AS expiresAt,
    t.used_at AS usedAt,
    (SELECT max(s.expires_at) FROM access_secrets s WHERE s.token_id = t.id AND s.kind = 'token'
      AND s.expires_at > @now AND s.id < (SELECT max(n.id) FROM access_secrets n
        WHERE n.token_id = t.id AND n.kind = 'token')) AS overlapUntil
  FROM access_accounts a JOIN access_tokens t ON t.account_id = a.id`

export const tokenSql = {
  one: `${record} WHERE a.name = @account AND t.name = @name`,
  of: `${record} WHERE a.name = @account ORDER BY t.name`,
  find: `SELECT t.id, t.account_id AS accountId, a.kind FROM access_accounts a
    JOIN access_tokens t ON t.account_id = a.id WHERE a.name = @account AND t.name = @name`,
  insert: `INSERT OR IGNORE INTO access_tokens
      (account_id, name, scopes, created_at, created_by, expires_at)
    VALUES (@accountId, @name, @scopes, @at, @createdBy, @expiresAt)`,
  secret: `INSERT INTO access_secrets (hash, kind, account_id, token_id, created_at, expires_at)
    VALUES (@hash, 'token', @accountId, @id, @at, @expiresAt)`,
  end: `UPDATE access_secrets SET expires_at = min(ifnull(expires_at, @until), @until),
    ends_at = min(ifnull(ends_at, @until), @until) WHERE token_id = @id`,
  renew: 'UPDATE access_tokens SET expires_at = @expiresAt WHERE id = @id',
  remove: 'DELETE FROM access_tokens WHERE id = ?',
  removeAccount: 'DELETE FROM access_accounts WHERE id = ?',
}

/** All tokens there are, in the order they are told in. */
export const allTokensSql = `${record} ORDER BY a.name, t.name`

interface TokenRow {
  readonly account: string
  readonly name: string
  readonly robot: number
  readonly scopes: string | null
  readonly createdAt: number
  readonly createdBy: string
  readonly expiresAt: number | null
  readonly usedAt: number | null
  readonly overlapUntil: number | null
}

interface FoundToken {
  readonly id: number
  readonly accountId: number
  readonly kind: 'person' | 'robot'
}

interface Named {
  readonly account: string
  readonly name: string
}

function toToken(row: TokenRow): TokenRecord {
  return {
    account: row.account,
    name: row.name,
    robot: row.robot === 1,
    ...toScopes(row.scopes),
    createdAt: row.createdAt,
    createdBy: row.createdBy,
    ...(row.expiresAt === null ? {} : { expiresAt: row.expiresAt }),
    ...(row.usedAt === null ? {} : { usedAt: row.usedAt }),
    ...(row.overlapUntil === null ? {} : { overlapUntil: row.overlapUntil }),
  }
}

type Tokens = Pick<SecretTable, 'createToken' | 'tokens' | 'rotateToken' | 'removeToken'>

/** Inside of its caller's transaction. */
function createTokenRows({ db, now }: Context, names: AccessNames) {
  const one = db.prepare<[Named & { now: number }], TokenRow>(tokenSql.one)
  const find = db.prepare<[Named], FoundToken>(tokenSql.find)
  const insert = db.prepare<[object]>(tokenSql.insert)
  const secret = db.prepare<[object]>(tokenSql.secret)

  return {
    find: (account: string, name: string) => find.get({ account, name }),
    read(account: string, name: string): TokenRecord | undefined {
      const row = one.get({ account, name, now: now() })
      return row && toToken(row)
    },
    addSecret(token: FoundToken, hash: string, expiresAt: number | undefined): void {
      const { id, accountId } = token
      secret.run({ id, accountId, hash, at: now(), expiresAt: expiresAt ?? null })
    },
    /** False if its account has one of this name, or there is no such account. */
    insert(token: NewToken): boolean {
      const { account, name, robot, scopes, createdBy, expiresAt = null } = token
      const robotAccount = { name: account, kind: 'robot', source: 'local', admin: false } as const
      const accountId = robot ? names.insertAccount(robotAccount) : names.personOf(account)
      if (accountId === undefined) return false
      const allowed = scopes === undefined ? null : JSON.stringify(scopes)
      const row = { accountId, name, scopes: allowed, at: now(), createdBy, expiresAt }
      return insert.run(row).changes > 0
    },
  }
}

export function createTokens(context: Context, names: AccessNames): Tokens {
  const { db, reads, write, now } = context
  const of = reads.prepare<[{ account: string; now: number }], TokenRow>(tokenSql.of)
  const all = reads.prepare<[{ now: number }], TokenRow>(allTokensSql)
  const end = db.prepare<[{ id: number; until: number }]>(tokenSql.end)
  const renew = db.prepare<[{ id: number; expiresAt: number | null }]>(tokenSql.renew)
  const remove = db.prepare<[number]>(tokenSql.remove)
  const removeAccount = db.prepare<[number]>(tokenSql.removeAccount)
  const rows = createTokenRows(context, names)

  return {
    createToken: (token) =>
      write(() => {
        if (!rows.insert(token)) return undefined
        const { account, name, hash, expiresAt } = token
        rows.addSecret(rows.find(account, name) as FoundToken, hash, expiresAt)
        return rows.read(account, name)
      }),
    async tokens(account) {
      const found =
        account === undefined ? all.all({ now: now() }) : of.all({ account, now: now() })
      return found.map(toToken)
    },
    rotateToken: (account, name, { hash, overlapUntil, expiresAt }) =>
      write(() => {
        const token = rows.find(account, name)
        if (token === undefined) return undefined
        end.run({ id: token.id, until: overlapUntil })
        rows.addSecret(token, hash, expiresAt)
        renew.run({ id: token.id, expiresAt: expiresAt ?? null })
        return rows.read(account, name)
      }),
    removeToken: (account, name) =>
      write(() => {
        const token = rows.find(account, name)
        if (token === undefined) return false
        if (token.kind === 'robot') return removeAccount.run(token.accountId).changes > 0
        return remove.run(token.id).changes > 0
      }),
  }
}
