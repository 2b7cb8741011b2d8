import type { AccessTable } from '../../access/store.ts'
import type { Context } from '../context.ts'
import type { AccessNames } from './names.ts'

export const accessGroupSql = {
  add: 'INSERT OR IGNORE INTO access_members (group_id, account_id) VALUES (?, ?)',
  remove: 'DELETE FROM access_members WHERE group_id = ? AND account_id = ?',
  removeGroup: 'DELETE FROM access_groups WHERE name = ?',
}

type Groups = Pick<AccessTable, 'addMember' | 'removeMember' | 'removeGroup'>

/** A trigger removes a group that is left empty. */
export function createAccessGroups({ db, write }: Context, names: AccessNames): Groups {
  const add = db.prepare<[number, number]>(accessGroupSql.add)
  const remove = db.prepare<[number, number]>(accessGroupSql.remove)
  const removeGroup = db.prepare<[string]>(accessGroupSql.removeGroup)

  return {
    addMember: (group, account) =>
      write(() => {
        const person = names.personOf(account)
        if (person === undefined) return undefined
        const id = names.ensureGroup(group)
        if (id === undefined) return 'taken'
        add.run(id, person)
        return true
      }),
    removeMember: (group, account) =>
      write(() => {
        const id = names.groupOf(group)
        const person = names.personOf(account)
        if (id === undefined || person === undefined) return false
        return remove.run(id, person).changes > 0
      }),
    removeGroup: (group) => write(() => removeGroup.run(group).changes > 0),
  }
}
