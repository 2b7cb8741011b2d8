import type { AccessTable, GrantRecord } from '../../../storage/metadata/access/store.ts'
import { type Action, writeActions } from '../../access/actions.ts'
import type { Grantee } from '../../access/book.ts'
import { grantProblem } from '../../access/grants.ts'
import { parseGrantee, writeGrantee } from '../../access/names.ts'
import { Problem } from '../problem.ts'
import { type Caller, isAdmin, nameOf } from './caller.ts'
import { createNote, type NoteDeps } from './notes.ts'
import { denied, wrongField } from './refusals.ts'

export type { GrantRecord }

export interface GrantQuery {
  /** Whom it is for, as it is written: `alice`, `@devs`, `users`, `anonymous`. */
  readonly grantee?: string | undefined
  readonly pattern?: string | undefined
}

export interface GrantWish {
  readonly grantee: string
  readonly pattern: string
  readonly actions: readonly Action[]
}

/** What was granted to whom. Whoever does not run the registry gives what is theirs alone. */
export interface Grants {
  /** Those the caller may change, and those that are about the caller. */
  list(query: GrantQuery, caller: Caller): Promise<readonly GrantRecord[]>
  /**
   * Replaces what was granted to the same on the same pattern.
   * @throws Problem INVALID_BODY, NOT_FOUND; OciError DENIED
   */
  put(wish: GrantWish, caller: Caller): Promise<void>
  /** @throws Problem INVALID_PARAMETER, NOT_FOUND; OciError DENIED */
  remove(grantee: string, pattern: string, caller: Caller): Promise<void>
}

export interface GrantDeps extends NoteDeps {
  readonly access: Pick<AccessTable, 'account' | 'groups' | 'grants' | 'grant' | 'revoke'>
}

/** @throws OciError DENIED unless the caller has `admin` on all that the pattern matches. */
export function refuseBeyond({ identity, rights }: Caller, pattern: string): void {
  const { allowed, rule } = rights.mayGrant(identity, pattern)
  if (allowed) return
  throw denied(
    `to give or take rights on ${pattern} the right "admin" on all of it is wanted: ${rule}`,
    { action: 'admin', pattern },
  )
}

function unknownGrantee(grantee: Grantee): Problem {
  const message =
    grantee.kind === 'group'
      ? `there is no group ${writeGrantee(grantee)}`
      : `there is no user ${writeGrantee(grantee)}; what robots may do is in their tokens`
  return new Problem('NOT_FOUND', { message, params: { grantee: writeGrantee(grantee) } })
}

export function createGrants(deps: GrantDeps): Grants {
  const { access } = deps
  const note = createNote(deps)

  /** Whom grants to the caller are written for. */
  async function namesOf({ identity: { account } }: Caller): Promise<ReadonlySet<string>> {
    if (account === undefined) return new Set(['anonymous'])
    const groups = (await access.account(account.name))?.groups ?? []
    const names = groups.map((name) => writeGrantee({ kind: 'group', name }))
    return new Set(['anonymous', 'users', account.name, ...names])
  }

  /** A new group takes a name from everybody, so that it is for administrators to make. */
  async function refuseNewGroup(grantee: Grantee, caller: Caller): Promise<void> {
    if (grantee.kind !== 'group' || isAdmin(caller)) return
    const groups = await access.groups()
    if (!groups.some(({ name }) => name === grantee.name)) throw unknownGrantee(grantee)
  }

  return {
    async list({ grantee, pattern }, caller) {
      const all = await access.grants()
      const asked = grantee === undefined ? undefined : parseGrantee(grantee).grantee
      const to = asked && writeGrantee(asked)
      const wanted = all.filter(
        (each) =>
          (grantee === undefined || writeGrantee(each.grantee) === to) &&
          (pattern === undefined || each.pattern === pattern),
      )
      if (isAdmin(caller)) return wanted
      const own = await namesOf(caller)
      const { identity, rights } = caller
      return wanted.filter(
        (each) =>
          own.has(writeGrantee(each.grantee)) || rights.mayGrant(identity, each.pattern).allowed,
      )
    },
    async put({ grantee: typed, pattern, actions }, caller) {
      const { grantee, problem } = parseGrantee(typed)
      if (grantee === undefined) throw wrongField('grantee', problem)
      const wrong = grantProblem({ grantee, pattern, actions })
      if (wrong !== undefined) throw wrongField('pattern', wrong)
      refuseBeyond(caller, pattern)
      await refuseNewGroup(grantee, caller)
      const granted = await access.grant({ grantee, pattern, actions }, nameOf(caller))
      if (!granted) throw unknownGrantee(grantee)
      const to = writeGrantee(grantee)
      note('grant', caller.by, {
        change: 'granted',
        grantee: to,
        pattern,
        actions: writeActions(actions),
      })
    },
    async remove(typed, pattern, caller) {
      const { grantee, problem } = parseGrantee(typed)
      if (grantee === undefined) {
        throw new Problem('INVALID_PARAMETER', {
          message: problem,
          params: { parameter: 'grantee' },
        })
      }
      refuseBeyond(caller, pattern)
      if (!(await access.revoke(grantee, pattern))) {
        throw new Problem('NOT_FOUND', {
          message: `nothing is granted to ${writeGrantee(grantee)} on ${pattern}`,
        })
      }
      note('grant', caller.by, { change: 'revoked', grantee: writeGrantee(grantee), pattern })
    },
  }
}
