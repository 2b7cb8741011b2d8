import type {
  AccessTable,
  AccountChange,
  AccountRecord,
} from '../../../storage/metadata/access/store.ts'
import { nameProblem, normalName } from '../../access/names.ts'
import { type ImportedUsers, importHtpasswd } from '../htpasswd/import.ts'
import type { ListPage } from '../listing/page.ts'
import type { Passwords } from '../passwords/create.ts'
import { Problem } from '../problem.ts'
import type { SignIn } from '../sign-in/sign-in.ts'
import type { Caller } from './caller.ts'
import { createNote, type NoteDeps } from './notes.ts'
import { checkPassword, createChangeOwn, refuseFile } from './own-password.ts'
import { denied, lastAdmin, unknownUser, wrongField } from './refusals.ts'

export type { AccountRecord }

export interface PeopleQuery {
  /** Part of the name. */
  readonly contains?: string | undefined
  readonly after?: string | undefined
  readonly limit: number
}

export interface NewPerson {
  readonly name: string
  readonly password: string
  readonly admin: boolean
}

export interface PersonChange {
  readonly password?: string | undefined
  readonly admin?: boolean | undefined
  readonly disabled?: boolean | undefined
}

/** The accounts of people. Whether the caller may change them is decided by the route. */
export interface People {
  /** In byte order of names. */
  list(query: PeopleQuery): Promise<ListPage<AccountRecord, string>>
  /** @throws Problem NOT_FOUND */
  find(name: string): Promise<AccountRecord>
  /** @throws Problem INVALID_BODY; CONFLICT if the name is taken */
  create(person: NewPerson, caller: Caller): Promise<AccountRecord>
  /** @throws Problem NOT_FOUND, INVALID_BODY; CONFLICT for the last administrator */
  change(name: string, change: PersonChange, caller: Caller): Promise<AccountRecord>
  /** @throws Problem NOT_FOUND; CONFLICT for the last administrator */
  remove(name: string, caller: Caller): Promise<void>
  /** Of the caller, who knows the old one. @throws OciError DENIED, TOOMANYREQUESTS */
  changeOwnPassword(oldPassword: string, password: string, caller: Caller): Promise<void>
  /** Users of an htpasswd file become accounts here. */
  adopt(htpasswd: string, caller: Caller): Promise<ImportedUsers>
}

export interface PeopleDeps extends NoteDeps {
  readonly access: Pick<
    AccessTable,
    'account' | 'accounts' | 'createAccount' | 'changeAccount' | 'removeAccount'
  >
  readonly passwords: Pick<Passwords, 'hash'>
  readonly signIn: SignIn
}

/** Accounts that are looked at for one page. */
const stretch = 500

function wordsOf({ password, admin, disabled }: PersonChange): readonly string[] {
  return [
    ...(password === undefined ? [] : ['password']),
    ...(admin === undefined ? [] : [admin ? 'administrator' : 'no administrator']),
    ...(disabled === undefined ? [] : [disabled ? 'disabled' : 'enabled']),
  ]
}

export function createPeople(deps: PeopleDeps): People {
  const { access, passwords } = deps
  const note = createNote(deps)

  async function find(typed: string): Promise<AccountRecord> {
    const name = normalName(typed)
    const found = await access.account(name)
    if (found?.kind === 'person') return found
    throw unknownUser(name)
  }

  async function update(name: string, change: AccountChange): Promise<AccountRecord> {
    const changed = await access.changeAccount(name, change)
    if (changed === 'last-admin') throw lastAdmin(name)
    if (changed === undefined) throw unknownUser(name)
    return changed
  }

  return {
    find,
    async list({ contains = '', after, limit }) {
      const seen = await access.accounts({ after, limit: stretch })
      const wanted = seen.filter(({ kind, name }) => kind === 'person' && name.includes(contains))
      const items = wanted.slice(0, limit)
      const more = wanted.length > limit ? items.at(-1) : undefined
      const next = more ?? (seen.length < stretch ? undefined : seen.at(-1))
      return next === undefined ? { items } : { items, next: next.name }
    },
    async create({ name: typed, password, admin }, caller) {
      const name = normalName(typed)
      const problem = nameProblem(name)
      if (problem !== undefined) throw wrongField('name', problem)
      checkPassword(password)
      const passwordHash = await passwords.hash(password)
      const account = { name, kind: 'person', source: 'local', admin, passwordHash } as const
      const made = await access.createAccount(account)
      if (!made) {
        throw new Problem('CONFLICT', { message: `the name ${name} is taken`, params: { name } })
      }
      note('account', caller.by, { change: 'created', user: name, admin })
      return made
    },
    async change(typed, change, caller) {
      const { name, ...known } = await find(typed)
      const { password, ...rest } = change
      if (password === undefined) return noted(await update(name, rest))
      refuseFile({ name, ...known })
      if (name === caller.identity.account?.name) {
        throw denied('your own password is changed at /me, where the present one is asked for')
      }
      checkPassword(password)
      return noted(await update(name, { ...rest, passwordHash: await passwords.hash(password) }))

      function noted(changed: AccountRecord): AccountRecord {
        note('account', caller.by, { change: 'changed', user: name, what: wordsOf(change) })
        return changed
      }
    },
    async remove(typed, caller) {
      const found = await find(typed)
      refuseFile(found)
      const removed = await access.removeAccount(found.name)
      if (removed === 'last-admin') throw lastAdmin(found.name)
      if (!removed) throw unknownUser(found.name)
      note('account', caller.by, { change: 'removed', user: found.name })
    },
    changeOwnPassword: createChangeOwn({ ...deps, find, update, note }),
    async adopt(htpasswd, caller) {
      const imported = await importHtpasswd(access, htpasswd)
      for (const user of imported.created) {
        note('account', caller.by, { change: 'created', user, admin: false, from: 'htpasswd' })
      }
      return imported
    },
  }
}
