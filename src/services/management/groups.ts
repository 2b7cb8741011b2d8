import type { AccessTable, Group } from '../../../storage/metadata/access/store.ts'
import { nameProblem, normalName } from '../../access/names.ts'
import { Problem } from '../problem.ts'
import type { Caller } from './caller.ts'
import { createNote, type NoteDeps } from './notes.ts'
import { unknownUser } from './refusals.ts'

export type { Group }

/** Groups of people. Whether the caller may change them is decided by the route. */
export interface Groups {
  list(): Promise<readonly Group[]>
  /** Makes the group if need be. @throws Problem NOT_FOUND for the person, CONFLICT */
  add(group: string, account: string, caller: Caller): Promise<void>
  /** @throws Problem NOT_FOUND */
  remove(group: string, account: string, caller: Caller): Promise<void>
  /** With all that was granted to it. @throws Problem NOT_FOUND */
  drop(group: string, caller: Caller): Promise<void>
}

export interface GroupDeps extends NoteDeps {
  readonly access: Pick<AccessTable, 'groups' | 'addMember' | 'removeMember' | 'removeGroup'>
}

/** With or without the `@` before it. */
function groupName(typed: string): string {
  const name = normalName(typed.startsWith('@') ? typed.slice(1) : typed)
  const problem = nameProblem(name)
  if (problem === undefined) return name
  throw new Problem('INVALID_PARAMETER', { message: problem, params: { parameter: 'name' } })
}

export function createGroups(deps: GroupDeps): Groups {
  const { access } = deps
  const note = createNote(deps)
  return {
    list: () => access.groups(),
    async add(typed, account, { by }) {
      const group = groupName(typed)
      const user = normalName(account)
      const added = await access.addMember(group, user)
      if (added === undefined) throw unknownUser(user)
      if (added === 'taken') {
        throw new Problem('CONFLICT', { message: `${group} is the name of an account already` })
      }
      note('group', by, { change: 'member added', group, user })
    },
    async remove(typed, account, { by }) {
      const group = groupName(typed)
      const user = normalName(account)
      if (!(await access.removeMember(group, user))) {
        throw new Problem('NOT_FOUND', { message: `${user} is not a member of @${group}` })
      }
      note('group', by, { change: 'member removed', group, user })
    },
    async drop(typed, { by }) {
      const group = groupName(typed)
      if (!(await access.removeGroup(group))) {
        throw new Problem('NOT_FOUND', { message: `there is no group @${group}` })
      }
      note('group', by, { change: 'removed', group })
    },
  }
}
