import type { FoundSecret, NewSecret, SecretKind, SecretTable } from '../../access/store.ts'
import { atMost, type Context } from '../context.ts'
import type { AccessNames } from './names.ts'
import { type AccountRow, accountColumns, toAccount, toScopes } from './rows.ts'
import { createTokens } from './tokens.ts'

export const findSecretSql = `SELECT ${accountColumns}, s.kind AS secretKind, t.name AS token,
    t.scopes, s.created_at AS createdAt, s.expires_at AS expiresAt
  FROM access_secrets s JOIN access_accounts a ON a.id = s.account_id
  LEFT JOIN access_tokens t ON t.id = s.token_id
  WHERE s.hash = @hash AND (s.expires_at IS NULL OR s.expires_at > @now)
    AND a.disabled = 0 AND a.absent = 0 AND (s.epoch IS NULL OR s.epoch = a.epoch)`

export const secretSql = {
  account: `SELECT id FROM access_accounts
    WHERE name = @account AND epoch = @epoch AND disabled = 0 AND absent = 0`,
  token: `SELECT id, expires_at AS expiresAt FROM access_tokens
    WHERE account_id = @accountId AND name = @token AND ifnull(expires_at > @now, 1)`,
  insert: `INSERT INTO access_secrets
      (hash, kind, account_id, token_id, epoch, created_at, expires_at, ends_at)
    VALUES (@hash, @kind, @accountId, @tokenId, @epoch, @now,
      min(@expiresAt, ifnull(@endsAt, @expiresAt)), @endsAt)`,
  prolong: `UPDATE access_secrets SET expires_at = min(@expiresAt, ifnull(ends_at, @expiresAt))
    WHERE hash = @hash AND kind <> 'token'`,
  tokenUsed: `UPDATE access_tokens SET used_at = max(ifnull(used_at, 0), @at)
    WHERE id = (SELECT token_id FROM access_secrets WHERE hash = @hash)`,
  accountUsed: `UPDATE access_accounts SET seen_at = max(ifnull(seen_at, 0), @at)
    WHERE id = (SELECT account_id FROM access_secrets WHERE hash = @hash)`,
  remove: 'DELETE FROM access_secrets WHERE hash = ?',
  forget: `DELETE FROM access_secrets WHERE id IN
    (SELECT id FROM access_secrets WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`,
}

interface SecretRow extends AccountRow {
  readonly secretKind: SecretKind
  readonly token: string | null
  readonly scopes: string | null
  readonly createdAt: number
  readonly expiresAt: number | null
}

function toSecret(row: SecretRow): FoundSecret {
  return {
    kind: row.secretKind,
    account: toAccount(row),
    ...(row.token === null ? {} : { token: row.token }),
    ...toScopes(row.scopes),
    createdAt: row.createdAt,
    ...(row.expiresAt === null ? {} : { expiresAt: row.expiresAt }),
  }
}

interface Bounds {
  readonly tokenId: number | null
  /** When the token ends that a secret is made with. */
  readonly endsAt: number | null
}

/** Makes a refresh token or a session, inside of its caller's transaction. */
function createInsert({ db, now }: Context): (secret: NewSecret) => boolean {
  const account = db.prepare<[{ account: string; epoch: number }], number>(secretSql.account)
  const token = db.prepare<[object], { id: number; expiresAt: number | null }>(secretSql.token)
  const insert = db.prepare<[object]>(secretSql.insert)
  account.pluck()

  function boundsOf(accountId: number, name: string | undefined): Bounds | undefined {
    if (name === undefined) return { tokenId: null, endsAt: null }
    const found = token.get({ accountId, token: name, now: now() })
    return found && { tokenId: found.id, endsAt: found.expiresAt }
  }

  return ({ hash, kind, account: name, epoch, token: made, expiresAt }) => {
    const accountId = account.get({ account: name, epoch })
    const bounds = accountId === undefined ? undefined : boundsOf(accountId, made)
    if (bounds === undefined) return false
    insert.run({ hash, kind, accountId, epoch, expiresAt, now: now(), ...bounds })
    return true
  }
}

export function createSecrets(context: Context, names: AccessNames): SecretTable {
  const { db, reads, write, now } = context
  const find = reads.prepare<[{ hash: string; now: number }], SecretRow>(findSecretSql)
  const insert = createInsert(context)
  const prolong = db.prepare<[{ hash: string; expiresAt: number }]>(secretSql.prolong)
  const tokenUsed = db.prepare<[{ hash: string; at: number }]>(secretSql.tokenUsed)
  const accountUsed = db.prepare<[{ hash: string; at: number }]>(secretSql.accountUsed)
  const remove = db.prepare<[string]>(secretSql.remove)
  const forget = db.prepare<[number, number]>(secretSql.forget)

  return {
    ...createTokens(context, names),
    async find(hash) {
      const row = find.get({ hash, now: now() })
      return row && toSecret(row)
    },
    create: (secret) => write(() => insert(secret)),
    used: (uses) =>
      write(() => {
        for (const { hash, at, expiresAt } of uses) {
          tokenUsed.run({ hash, at })
          accountUsed.run({ hash, at })
          if (expiresAt !== undefined) prolong.run({ hash, expiresAt })
        }
      }),
    remove: (hash) => write(() => remove.run(hash).changes > 0),
    forget: (time, limit) => write(() => forget.run(time, atMost(limit)).changes),
  }
}
