import type { AccountRecord } from '../../../storage/metadata/access/store.ts'
import type { Passwords } from '../passwords/create.ts'
import { passwordProblem } from '../passwords/rules.ts'
import { Problem } from '../problem.ts'
import type { SignIn } from '../sign-in/sign-in.ts'
import { type Caller, isByToken } from './caller.ts'
import type { Note } from './notes.ts'
import { denied, throttled, wrongField } from './refusals.ts'

/** @throws Problem INVALID_BODY */
export function checkPassword(password: string): void {
  const problem = passwordProblem(password)
  if (problem !== undefined) throw wrongField('password', `the password ${problem}`)
}

/** What a file says is changed in the file. */
export function refuseFile({ name, source }: AccountRecord): void {
  if (source === 'local') return
  throw new Problem('CONFLICT', {
    message: `${name} comes from ${source}, and is changed there`,
    params: { source },
  })
}

export interface ChangeOwnDeps {
  readonly passwords: Pick<Passwords, 'hash'>
  readonly signIn: SignIn
  readonly find: (name: string) => Promise<AccountRecord>
  readonly update: (name: string, change: { passwordHash: string }) => Promise<AccountRecord>
  readonly note: Note
}

/** Changes the caller's own password, if they know the old one. */
export function createChangeOwn({ passwords, signIn, find, update, note }: ChangeOwnDeps) {
  return async (oldPassword: string, password: string, caller: Caller): Promise<void> => {
    const { account } = caller.identity
    if (account === undefined || isByToken(caller)) {
      throw denied('a password is changed by who has signed in with it, not with a token')
    }
    refuseFile(await find(account.name))
    checkPassword(password)
    const { client, agent } = caller.by
    const attempt = { name: account.name, secret: oldPassword, client, agent }
    const outcome = await signIn.check(attempt)
    if ('refused' in outcome) {
      if (outcome.refused === 'throttled') throw throttled(outcome.retryAfterSeconds)
      throw denied('the present password is another one', { field: 'oldPassword' })
    }
    if (outcome.identity.credential !== 'password') {
      throw denied('the present password is wanted, not a token', { field: 'oldPassword' })
    }
    await update(account.name, { passwordHash: await passwords.hash(password) })
    note('account', caller.by, { change: 'changed', user: account.name, what: ['password'] })
  }
}
