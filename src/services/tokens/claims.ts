import type { JWTPayload } from 'jose'
import { type Action, isAction } from '../../access/actions.ts'
import type { Identity, Scope } from '../../access/identity.ts'
import type { AccountOf, BearerGrant } from './bearer.ts'

/** What a token of ours says, once its signature and times are known to be right. */
export interface Claims extends BearerGrant {
  /** Absent in tokens for nobody in particular. */
  readonly account?: { readonly id: number; readonly epoch: number }
  /** What may be listed. */
  readonly listed?: readonly Scope[]
  /** The personal or robot token that was signed in with. */
  readonly token?: string
  /** Seconds since 1970. */
  readonly exp: number
}

interface Access {
  readonly type: string
  readonly name: string
  readonly actions: readonly string[]
}

/** What a list shows to whoever came with these scopes. */
function listedBy({ scopes }: Identity): readonly string[] {
  if (scopes === undefined) return ['**']
  const pullable = scopes.filter(({ actions }) =>
    actions.some((a) => a === 'pull' || a === 'admin'),
  )
  return pullable.map(({ pattern }) => pattern)
}

const catalogAccess: Access = { type: 'registry', name: 'catalog', actions: ['*'] }

/** The claims in the form that Docker's specification of tokens has. */
export function writeClaims(identity: Identity, { scopes, catalog }: BearerGrant): JWTPayload {
  const repositories = scopes.map(
    ({ pattern, actions }): Access => ({ type: 'repository', name: pattern, actions }),
  )
  const { account, token } = identity
  return {
    sub: account?.name ?? '',
    access: catalog ? [...repositories, catalogAccess] : repositories,
    ...(catalog ? { list: listedBy(identity) } : {}),
    ...(account ? { uid: account.id, epoch: account.epoch } : {}),
    ...(token === undefined ? {} : { token }),
  }
}

function scopeOf({ name, actions }: Access): Scope {
  return { pattern: name, actions: actions.filter((action): action is Action => isAction(action)) }
}

function toListed(pattern: string): Scope {
  return { pattern, actions: ['pull'] }
}

/** Reads what {@link writeClaims} wrote: nobody else has the key. */
export function readClaims(payload: JWTPayload): Claims {
  const { uid, epoch, token, exp, list } = payload as JWTPayload & Record<string, unknown>
  const access = payload['access'] as readonly Access[]
  return {
    scopes: access.filter(({ type }) => type === 'repository').map(scopeOf),
    catalog: access.some(({ type }) => type === 'registry'),
    exp: exp as number,
    ...(uid === undefined ? {} : { account: { id: uid as number, epoch: epoch as number } }),
    ...(typeof token === 'string' ? { token } : {}),
    ...(Array.isArray(list) ? { listed: list.map(toListed) } : {}),
  }
}

/** Who sent a token with these claims last: mostly the same again. */
const identities = new WeakMap<Claims, Identity>()

/**
 * Who sends a token with these claims; `undefined` if its account is not what it was, or the
 * token that was signed in with is gone.
 */
export function identityOf(claims: Claims, accountOf: AccountOf): Identity | undefined {
  const { account: wanted } = claims
  const account = wanted && accountOf(wanted.id, claims.token)
  if (wanted && (!account || account.disabled || account.epoch !== wanted.epoch)) return undefined
  const known = identities.get(claims)
  if (known !== undefined && known.account === account) return known
  const { exp: _, ...said } = claims
  const identity: Identity = { ...said, account, credential: 'bearer' }
  identities.set(claims, identity)
  return identity
}
