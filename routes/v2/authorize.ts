import type { FastifyRequest } from 'fastify'
import type { Action } from '../../src/access/actions.ts'
import type { Identity } from '../../src/access/identity.ts'
import { OciError } from '../../src/oci/errors.ts'
import type { Challenge } from '../../src/plugins/challenge.ts'
import type { ActivityLog } from '../../src/services/activity/activity.ts'
import { seesAnything } from '../../src/services/tokens/wanted.ts'
import { actorOf } from '../http/actor.ts'
import { requirementOf, scopeFor } from './requirements.ts'
import { parseTarget, type Target } from './target.ts'

export interface AuthorizeDeps {
  readonly challenge: Challenge
  /** What is refused to somebody who is signed in is noted. */
  readonly activity?: Pick<ActivityLog, 'note'> | undefined
}

/** Lets a request go on, or throws what to answer. Nothing of its body has been read. */
export type Authorize = (target: Target | undefined, request: FastifyRequest) => void

/** What an action is called in "may not … team/app". */
const verbs: Readonly<Record<Action, string>> = {
  pull: 'pull from',
  push: 'push to',
  overwrite: 'move tags in',
  delete: 'delete from',
  admin: 'administer',
}

function isSignedIn({ credential }: Identity): boolean {
  return credential !== 'none'
}

/** Mounting reads in another repository; its right is asked for along with the one to push. */
function mountScope(target: Target, request: FastifyRequest): string {
  if (target.kind !== 'uploads') return ''
  const from = new URL(request.raw.url as string, 'http://x').searchParams.get('from')
  return from !== null && /^[a-z0-9._/-]{1,255}$/.test(from) ? ` repository:${from}:pull` : ''
}

/** The scope for a request that has not been looked at yet. */
export function scopeOfRequest(request: FastifyRequest): string | undefined {
  const url = request.raw.url as string
  if (!/^\/v2(?:[/?]|$)/.test(url)) return undefined
  try {
    const target = parseTarget(url)
    const scope = target && scopeFor(target, requirementOf(target, request.method))
    return target && scope && `${scope}${mountScope(target, request)}`
  } catch {
    return undefined
  }
}

/** The one gate before all handlers of the distribution API; it judges the same target as they. */
export function createAuthorize({ challenge, activity }: AuthorizeDeps): Authorize {
  /** Signed tokens are refused with 401, so that clients ask for others; see `docs/reference/authentication.md`. */
  function insufficient(request: FastifyRequest, message: string): OciError {
    const headers = challenge(request, {
      scope: scopeOfRequest(request),
      error: 'insufficient_scope',
    })
    return new OciError('UNAUTHORIZED', { message, headers })
  }

  function unauthenticated(request: FastifyRequest): OciError {
    return new OciError('UNAUTHORIZED', {
      headers: challenge(request, { scope: scopeOfRequest(request) }),
    })
  }

  /** Whether their account may, and only the signed token does not say so. */
  function isOnlyToken({ identity, rights }: FastifyRequest, action: Action, name: string) {
    if (identity.credential !== 'bearer' || identity.account?.kind === 'robot') return false
    return rights.decide({ ...identity, scopes: undefined }, action, name).allowed
  }

  function denied(request: FastifyRequest, action: Action, repository: string): OciError {
    const { identity } = request
    if (!isSignedIn(identity)) return unauthenticated(request)
    const who = identity.account?.name ?? 'anonymous'
    if (isOnlyToken(request, action, repository)) {
      return insufficient(
        request,
        `the token does not say that ${who} may ${verbs[action]} ${repository}`,
      )
    }
    if (identity.account) {
      const { name, client, agent } = actorOf(request)
      activity?.note({
        action: 'denied',
        actor: name,
        client,
        agent,
        repository,
        detail: { right: action },
      })
    }
    const message = `requested access to the resource is denied: ${who} may not ${verbs[action]} ${repository} (the right "${action}" is missing)`
    if (identity.credential === 'bearer') return insufficient(request, message)
    return new OciError('DENIED', { message, detail: { account: who, repository, right: action } })
  }

  function authorizeList(request: FastifyRequest): void {
    const { identity, rights } = request
    if (!identity.catalog) throw insufficient(request, 'the token is not one for lists')
    if (identity.account || identity.credential === 'operator') return
    if (!seesAnything(rights, identity)) throw unauthenticated(request)
  }

  function authorizeIn(target: Target, action: Action, request: FastifyRequest): void {
    if (!('repository' in target)) throw new OciError('DENIED')
    const { identity, rights } = request
    const { repository } = target
    if (!rights.decide(identity, action, repository).allowed) {
      throw denied(request, action, repository)
    }
  }

  return (target, request) => {
    const { identity, method } = request
    const requirement = target && requirementOf(target, method)
    if (target === undefined || requirement === undefined || requirement === 'credential') {
      if (!isSignedIn(identity)) throw unauthenticated(request)
    } else if (requirement === 'list') {
      authorizeList(request)
    } else {
      authorizeIn(target, requirement, request)
    }
  }
}
