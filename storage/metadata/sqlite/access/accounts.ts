import type { AccessTable, AccountRecord, NewAccount } from '../../access/store.ts'
import { atMost, type Context } from '../context.ts'
import type { AccessNames } from './names.ts'
import {
  type AccountRow,
  accountColumns,
  type RecordRow,
  recordColumns,
  toAccount,
  toRecord,
} from './rows.ts'

export const accessAccountSql = {
  record: `SELECT ${recordColumns} FROM access_accounts a WHERE a.name = ?`,
  page: `SELECT ${recordColumns} FROM access_accounts a WHERE a.name > ? ORDER BY a.name LIMIT ?`,
  password: `SELECT ${accountColumns}, a.password_hash AS hash FROM access_accounts a
    WHERE a.name = ? AND a.password_hash IS NOT NULL`,
  anyAdmin: 'SELECT 1 FROM access_accounts WHERE source = ? AND admin = 1 LIMIT 1',
  seen: `UPDATE access_accounts SET seen_at = max(ifnull(seen_at, 0), @at) WHERE name = @account`,
}

type Accounts = Pick<
  AccessTable,
  'account' | 'accounts' | 'createAccount' | 'createFirstAdmin' | 'password' | 'seen'
>

export function createAccessAccounts(context: Context, names: AccessNames): Accounts {
  const { db, reads, write } = context
  const read = reads.prepare<[string], RecordRow>(accessAccountSql.record)
  const page = reads.prepare<[string, number], RecordRow>(accessAccountSql.page)
  const password = reads.prepare<[string], AccountRow & { hash: string }>(accessAccountSql.password)
  const record = db.prepare<[string], RecordRow>(accessAccountSql.record)
  const anyAdmin = db.prepare<[string]>(accessAccountSql.anyAdmin)
  const seen = db.prepare<[{ account: string; at: number }]>(accessAccountSql.seen)

  function create(account: NewAccount): AccountRecord | undefined {
    if (names.insertAccount(account) === undefined) return undefined
    const row = record.get(account.name)
    return row && toRecord(row)
  }

  return {
    async account(name) {
      const row = read.get(name)
      return row && toRecord(row)
    },
    async accounts({ after = '', limit }) {
      return page.all(after, atMost(limit)).map(toRecord)
    },
    createAccount: (account) => write(() => create(account)),
    createFirstAdmin: (account) =>
      write(() => (anyAdmin.get(account.source) ? undefined : create({ ...account, admin: true }))),
    async password(name) {
      const row = password.get(name)
      return row && { account: toAccount(row), hash: row.hash }
    },
    seen: (sightings) =>
      write(() => {
        for (const { account, at } of sightings) seen.run({ account, at })
      }),
  }
}
