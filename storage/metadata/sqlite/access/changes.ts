import type { AccessTable, AccountChange, AccountRecord } from '../../access/store.ts'
import type { Context } from '../context.ts'
import { accessAccountSql } from './accounts.ts'
import { type RecordRow, toRecord } from './rows.ts'

/** Whoever can run the registry with what is stored here. */
const ableAdmin = 'admin = 1 AND disabled = 0 AND absent = 0 AND password_hash IS NOT NULL'

export const accountChangeSql = {
  anotherAdmin: `SELECT 1 FROM access_accounts WHERE ${ableAdmin} AND id <> ? LIMIT 1`,
  change: `UPDATE access_accounts SET admin = @admin, disabled = @disabled,
      password_hash = ifnull(@passwordHash, password_hash), epoch = epoch + @ends
    WHERE id = @id`,
  endSessions: `DELETE FROM access_secrets WHERE account_id = ? AND kind <> 'token'`,
  renew: 'UPDATE access_accounts SET password_hash = ? WHERE name = ? AND password_hash = ?',
  own: 'SELECT disabled FROM access_accounts WHERE id = ?',
  remove: 'DELETE FROM access_accounts WHERE id = ?',
}

interface ChangeRow {
  readonly id: number
  readonly admin: number
  readonly disabled: number
  readonly passwordHash: string | null
  readonly ends: number
}

function isAble({ admin, disabled, hasPassword }: RecordRow): boolean {
  return admin === 1 && disabled === 0 && hasPassword === 1
}

function asNumber(value: boolean): number {
  return value ? 1 : 0
}

export function createAccountChanges({
  db,
  write,
}: Context): Pick<AccessTable, 'changeAccount' | 'removeAccount' | 'renewPassword'> {
  const find = db.prepare<[string], RecordRow>(accessAccountSql.record)
  const anotherAdmin = db.prepare<[number]>(accountChangeSql.anotherAdmin)
  const change = db.prepare<[ChangeRow]>(accountChangeSql.change)
  const endSessions = db.prepare<[number]>(accountChangeSql.endSessions)
  const own = db.prepare<[number], number>(accountChangeSql.own).pluck()
  const renew = db.prepare<[string, string, string]>(accountChangeSql.renew)
  const remove = db.prepare<[number]>(accountChangeSql.remove)

  function isLast(row: RecordRow): boolean {
    return isAble(row) && anotherAdmin.get(row.id) === undefined
  }

  /** What a change makes of a row; `undefined`s are left as they are. */
  function changed(row: RecordRow, wanted: AccountChange): ChangeRow {
    const { passwordHash, admin = row.admin === 1, disabled = own.get(row.id) === 1 } = wanted
    const ends =
      passwordHash !== undefined || wanted.disabled === true || asNumber(admin) !== row.admin
    return {
      id: row.id,
      admin: asNumber(admin),
      disabled: asNumber(disabled),
      passwordHash: passwordHash ?? null,
      ends: asNumber(ends),
    }
  }

  function changeAccount(name: string, wanted: AccountChange) {
    const row = find.get(name)
    if (row === undefined) return undefined
    const next = changed(row, wanted)
    if ((next.admin === 0 || next.disabled === 1) && isLast(row)) return 'last-admin'
    change.run(next)
    if (next.ends === 1) endSessions.run(row.id)
    return toRecord(find.get(name) as RecordRow) satisfies AccountRecord
  }

  return {
    changeAccount: (name, wanted) => write(() => changeAccount(name, wanted)),
    renewPassword: (name, from, to) => write(() => renew.run(to, name, from).changes > 0),
    removeAccount: (name) =>
      write(() => {
        const row = find.get(name)
        if (row === undefined) return false
        if (isLast(row)) return 'last-admin'
        return remove.run(row.id).changes > 0
      }),
  }
}
