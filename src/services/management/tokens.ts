import { randomBytes } from 'node:crypto'
import type {
  AccessTable,
  SecretTable,
  TokenRecord,
} from '../../../storage/metadata/access/store.ts'
import type { Scope } from '../../access/identity.ts'
import { nameProblem, normalName } from '../../access/names.ts'
import { Problem } from '../problem.ts'
import { secretHash } from '../sign-in/token-text.ts'
import { type Caller, isAdmin, nameOf } from './caller.ts'
import { createNote, type NoteDeps } from './notes.ts'
import { denied, unknownUser, wrongField } from './refusals.ts'
import {
  checkExpiry,
  checkScopes,
  isOwn,
  mayManage,
  refuseLimited,
  refuseRobot,
  refuseToken,
} from './token-rules.ts'

export type { TokenRecord }

export interface TokenWish {
  /** Whose it is; absent: a robot's, which has the name of its token. */
  readonly account?: string | undefined
  readonly name: string
  /** Absent: all that its account may do. */
  readonly scopes?: readonly Scope[] | undefined
  /** Milliseconds since 1970. */
  readonly expiresAt?: number | undefined
}

export interface Rotation {
  /** Seconds for which the secret there was is taken, too. */
  readonly overlap: number
  /** Of the new secret; absent: as the one there was. */
  readonly expiresAt?: number | undefined
}

/** The only time that a secret is seen. */
export interface MadeToken {
  readonly token: TokenRecord
  readonly secret: string
}

/** What programs sign in with. */
export interface Tokens {
  /** Those the caller may change; of one account, if it is given. */
  list(account: string | undefined, caller: Caller): Promise<readonly TokenRecord[]>
  /** @throws Problem INVALID_BODY, CONFLICT, NOT_FOUND; OciError DENIED */
  create(wish: TokenWish, caller: Caller): Promise<MadeToken>
  /** @throws Problem NOT_FOUND, INVALID_BODY; OciError DENIED */
  rotate(account: string, name: string, rotation: Rotation, caller: Caller): Promise<MadeToken>
  /** @throws Problem NOT_FOUND; OciError DENIED */
  remove(account: string, name: string, caller: Caller): Promise<void>
}

export interface TokenDeps extends NoteDeps {
  readonly access: Pick<AccessTable, 'account'>
  readonly secrets: Pick<SecretTable, 'tokens' | 'createToken' | 'rotateToken' | 'removeToken'>
  readonly now?: () => number
}

function newSecret(): string {
  return `lht_${randomBytes(32).toString('base64url')}`
}

function unknownToken(account: string, name: string): Problem {
  return new Problem('NOT_FOUND', {
    message: `there is no token ${name} of ${account}`,
    params: { account, name },
  })
}

export function createTokens(deps: TokenDeps): Tokens {
  const { access, secrets, now = Date.now } = deps
  const note = createNote(deps)

  /** What the caller must not know of looks as if it were not there. */
  async function find(account: string, name: string, caller: Caller): Promise<TokenRecord> {
    const tokens = await secrets.tokens(account)
    const found = tokens.find((token) => token.name === name)
    if (found && mayManage(caller, found)) return found
    throw unknownToken(account, name)
  }

  /** @throws OciError DENIED for all accounts but the caller's own, whether they are there or not. */
  async function refuseForeign(account: string, caller: Caller): Promise<void> {
    if (isOwn(caller, { account, robot: false }) && caller.identity.account?.kind === 'person') {
      refuseToken(caller)
      return
    }
    if (!isAdmin(caller)) throw denied('tokens of others are made by administrators')
    if ((await access.account(account))?.kind !== 'person') throw unknownUser(account)
  }

  return {
    async list(account, caller) {
      const all = await secrets.tokens(account === undefined ? account : normalName(account))
      return all.filter((token) => mayManage(caller, token))
    },
    async create(wish, caller) {
      const name = normalName(wish.name)
      const problem = nameProblem(name)
      if (problem !== undefined) throw wrongField('name', problem)
      checkScopes(wish.scopes ?? [])
      checkExpiry(wish.expiresAt, now())
      const robot = wish.account === undefined
      const account = normalName(wish.account ?? name)
      if (robot) refuseRobot(wish.scopes ?? [], caller)
      else await refuseForeign(account, caller)
      const secret = newSecret()
      const token = await secrets.createToken({
        account,
        name,
        robot,
        scopes: wish.scopes,
        hash: secretHash(secret),
        expiresAt: wish.expiresAt,
        createdBy: nameOf(caller),
      })
      if (!token) {
        const message = robot ? `the name ${name} is taken` : `${account} has a token ${name}`
        throw new Problem('CONFLICT', { message, params: { name } })
      }
      note('token', caller.by, { change: 'created', account, token: name, robot })
      return { token, secret }
    },
    async rotate(typed, typedName, { overlap, expiresAt }, caller) {
      const known = await find(normalName(typed), normalName(typedName), caller)
      const { account, name } = known
      if (isOwn(caller, known) || !isAdmin(caller)) refuseToken(caller)
      const end = expiresAt ?? known.expiresAt
      checkExpiry(end, now())
      const secret = newSecret()
      const overlapUntil = now() + overlap * 1000
      const rotated = { hash: secretHash(secret), overlapUntil, expiresAt: end }
      const token = await secrets.rotateToken(account, name, rotated)
      if (!token) throw unknownToken(account, name)
      note('token', caller.by, { change: 'rotated', account, token: name, overlap })
      return { token, secret }
    },
    async remove(typed, typedName, caller) {
      const known = await find(normalName(typed), normalName(typedName), caller)
      const { account, name } = known
      if (isOwn(caller, known)) refuseLimited(caller, name)
      if (!(await secrets.removeToken(account, name))) throw unknownToken(account, name)
      note('token', caller.by, { change: 'removed', account, token: name })
    },
  }
}
