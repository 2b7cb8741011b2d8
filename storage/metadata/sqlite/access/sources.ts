import type { AccessTable } from '../../access/store.ts'
import type { Context } from '../context.ts'
import type { AccessNames } from './names.ts'

export const accessSourceSql = {
  known: `SELECT name FROM access_accounts WHERE source = ? AND kind = 'person'`,
  absent: `UPDATE access_accounts SET absent = 1, epoch = epoch + 1 WHERE name = ? AND absent = 0`,
  present: 'UPDATE access_accounts SET absent = 0 WHERE name = ? AND absent = 1',
}

export function createAccessSources(
  { db, write }: Context,
  accounts: AccessNames,
): Pick<AccessTable, 'replaceSource'> {
  const known = db.prepare<[string], string>(accessSourceSql.known).pluck()
  const absent = db.prepare<[string]>(accessSourceSql.absent)
  const present = db.prepare<[string]>(accessSourceSql.present)

  return {
    replaceSource: (source, names) =>
      write(() => {
        const before = new Set(known.all(source))
        const wanted = new Set(names)
        // Nothing is written, and no version raised, where nothing changes.
        for (const name of before) (wanted.has(name) ? present : absent).run(name)
        const rest = [...wanted].filter((name) => !before.has(name))
        const taken = rest.filter(
          (name) =>
            accounts.insertAccount({ name, kind: 'person', source, admin: false }) === undefined,
        )
        return { taken: taken.sort() }
      }),
  }
}
