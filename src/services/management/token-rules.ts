import type { TokenRecord } from '../../../storage/metadata/access/store.ts'
import type { Scope } from '../../access/identity.ts'
import { repositoryPatternProblem } from '../../policies/patterns.ts'
import { type Caller, isAdmin, isByToken } from './caller.ts'
import { refuseBeyond } from './grants.ts'
import { denied, wrongField } from './refusals.ts'

/** Who may do what with tokens, and what tokens may be. */

/** Milliseconds: ten years. */
const longestLife = 3653 * 86_400_000

export function checkScopes(scopes: readonly Scope[]): void {
  for (const { pattern, actions } of scopes) {
    const problem = repositoryPatternProblem(pattern)
    if (problem !== undefined) throw wrongField('scopes', `the pattern ${problem}`)
    if (actions.length === 0) throw wrongField('scopes', `no action is given for ${pattern}`)
  }
}

/** A token that was found must not live on in another one. */
export function refuseToken(caller: Caller): void {
  if (!isByToken(caller)) return
  throw denied('tokens are made and renewed by who has signed in with a password')
}

/** What was found and may do little must not take away what its owner works with; but it ends itself. */
export function refuseLimited({ identity: { scopes, token } }: Caller, name: string): void {
  if (scopes === undefined || token === name) return
  throw denied('tokens are removed by who has signed in with all that they may do')
}

export function isOwn(
  { identity: { account } }: Caller,
  token: Pick<TokenRecord, 'account' | 'robot'>,
) {
  return !token.robot && account?.name === token.account
}

/** Robots belong to whoever may give all that they have. */
export function mayManage(caller: Caller, token: TokenRecord): boolean {
  if (isAdmin(caller) || isOwn(caller, token)) return true
  const { identity, rights } = caller
  const { scopes = [] } = token
  return (
    token.robot &&
    scopes.length > 0 &&
    scopes.every(({ pattern }) => rights.mayGrant(identity, pattern).allowed)
  )
}

export function checkExpiry(expiresAt: number | undefined, now: number): void {
  if (expiresAt === undefined) return
  if (expiresAt <= now) throw wrongField('expiresAt', 'the time of expiry is past')
  if (expiresAt > now + longestLife) {
    throw wrongField('expiresAt', 'a token lasts ten years at most; leave the expiry out')
  }
}

export function refuseRobot(scopes: readonly Scope[], caller: Caller): void {
  if (scopes.length === 0) {
    throw wrongField('scopes', 'a robot needs to be told what it may do, and where')
  }
  if (isAdmin(caller)) return
  refuseToken(caller)
  for (const { pattern } of scopes) refuseBeyond(caller, pattern)
}
