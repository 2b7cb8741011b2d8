import type { Action } from '../../../src/access/actions.ts'
import type { AccessBook, Grant } from '../../../src/access/book.ts'
import type { GivenByConfiguration } from '../../../src/access/given.ts'
import type { Account, Identity, Scope } from '../../../src/access/identity.ts'
import { parseGrantee } from '../../../src/access/names.ts'

export function account(id: number, name: string, more: Partial<Account> = {}): Account {
  const usual = { source: 'local', admin: false, disabled: false, epoch: 0 }
  return { id, name, kind: 'person', ...usual, ...more }
}

export function signedIn(who: Account, scopes?: readonly Scope[]): Identity {
  return { account: who, credential: 'password', scopes, catalog: true }
}

export function grant(to: string, pattern: string, ...actions: readonly Action[]): Grant {
  const { grantee } = parseGrantee(to)
  if (grantee === undefined) throw new Error(`${to} is no grantee`)
  return { grantee, pattern, actions }
}

export const closed: GivenByConfiguration = { anonymousPull: [], htpasswdActions: [] }

export function book(
  accounts: readonly Account[],
  grants: readonly Grant[],
  groups: Readonly<Record<string, readonly string[]>> = {},
): AccessBook {
  return {
    version: 1,
    accounts,
    grants,
    tokens: new Map(),
    groups: new Map(Object.entries(groups)),
  }
}
