import type { FastifyRequest } from 'fastify'
import type { Action } from '../../src/access/actions.ts'
import type { Identity } from '../../src/access/identity.ts'
import { OciError } from '../../src/oci/errors.ts'
import type { Caller } from '../../src/services/management/caller.ts'
import { askerOf } from '../http/asker.ts'
import type { AccessRule, Checked } from './access-rule.ts'
import type { ApiServices } from './services.ts'

type Asker = Omit<Caller, 'by'>
type Asked = Checked<never, never, never>
type Rule = AccessRule<never, never, never>

/** An answer in the handler's place. */
export interface Instead {
  readonly answer: unknown
}

/** Browsers ask for a password in a window of their own where `Basic` is wanted. */
const usualChallenge = { 'www-authenticate': 'Bearer realm="layerhouse"' }

function unauthorized(request: FastifyRequest, { challenge }: ApiServices): OciError {
  return new OciError('UNAUTHORIZED', {
    message: 'sign in first: nobody has said who is asking',
    headers: challenge?.(request) ?? usualChallenge,
  })
}

/** A signed token that was given to nobody in particular makes nobody of them. */
function isSomebody({ account, credential }: Identity): boolean {
  return account !== undefined || credential === 'operator'
}

/** Where everybody may do everything, nobody makes themselves an account for the day that ends. */
function refuseNobody(request: FastifyRequest, services: ApiServices): void {
  const { identity, rights } = askerOf(request)
  if (isSomebody(identity)) return
  if (!rights.isAdmin(identity)) throw unauthorized(request, services)
  throw new OciError('DENIED', {
    message:
      'nobody has to sign in here (auth.mode), so that accounts are kept with the layerhouse command on the machine of the registry',
    detail: { right: 'operator' },
  })
}

function denied(action: Action, repository: string): OciError {
  return new OciError('DENIED', {
    message: `the right "${action}" on ${repository} is missing`,
    detail: { action, repository },
  })
}

function isNobody({ identity, rights }: Asker): boolean {
  return !isSomebody(identity) && !rights.isAdmin(identity)
}

function seesNothing({ identity, rights }: Asker): boolean {
  const { all, ranges } = rights.visible(identity)
  return !all && ranges.length === 0
}

/** The first repository on which the action is not allowed. */
function refusedOf({ identity, rights }: Asker, action: Action, repositories: readonly string[]) {
  return repositories.find((repository) => !rights.decide(identity, action, repository).allowed)
}

/** Decides about rules that name no repository. @throws OciError UNAUTHORIZED, DENIED */
function enforceWhole(
  rule: Exclude<Rule, object>,
  request: FastifyRequest,
  services: ApiServices,
): void {
  if (rule === 'open') return
  const asker = askerOf(request)
  const nobody = isNobody(asker)
  if (rule === 'filtered') {
    if (nobody && seesNothing(asker)) throw unauthorized(request, services)
    return
  }
  if (rule === 'admin') {
    if (nobody) throw unauthorized(request, services)
  } else {
    refuseNobody(request, services)
  }
  if (rule === 'signed-in' || asker.rights.isAdmin(asker.identity)) return
  throw new OciError('DENIED', {
    message: 'this is for administrators of the registry',
    detail: { right: 'administrator' },
  })
}

/** Decides about rules that name repositories. */
async function enforceNeeds(
  rule: Extract<Rule, object>,
  repositories: readonly string[],
  asked: Asked,
  request: FastifyRequest,
  services: ApiServices,
): Promise<Instead | undefined> {
  const asker = askerOf(request)
  const hide = (repository: string): Instead => {
    if (rule.absent) return { answer: rule.absent(asked) }
    throw new OciError('NAME_UNKNOWN', { detail: { name: repository } })
  }
  const refuse = (action: Action, repository: string): Instead => {
    if (isNobody(asker)) throw unauthorized(request, services)
    if (refusedOf(asker, 'pull', [repository]) !== undefined) return hide(repository)
    throw denied(action, repository)
  }
  const refused = refusedOf(asker, rule.action, repositories)
  if (refused !== undefined) return refuse(rule.action, refused)
  for (const action of (await rule.also?.(asked, services)) ?? []) {
    const lacking = refusedOf(asker, action, repositories)
    if (lacking !== undefined) return refuse(action, lacking)
  }
  return undefined
}

/** Before the body is read. @throws OciError UNAUTHORIZED, DENIED, NAME_UNKNOWN */
export async function enforceBefore(
  rule: Rule,
  asked: Asked,
  request: FastifyRequest,
  services: ApiServices,
): Promise<Instead | undefined> {
  if (typeof rule === 'string') {
    enforceWhole(rule, request, services)
    return undefined
  }
  const asker = askerOf(request)
  // Nobody in particular is given more than a pull; whether something is there, they are not told.
  if (isNobody(asker) && (rule.action !== 'pull' || seesNothing(asker))) {
    throw unauthorized(request, services)
  }
  if ('repo' in rule) {
    const repositories = await rule.repo(asked, services)
    return enforceNeeds(rule, repositories, asked, request, services)
  }
  return undefined
}

/** After the body was read and checked. @throws OciError UNAUTHORIZED, DENIED, NAME_UNKNOWN */
export async function enforceAfter(
  rule: Rule,
  asked: Asked,
  request: FastifyRequest,
  services: ApiServices,
): Promise<Instead | undefined> {
  if (typeof rule === 'string' || 'repo' in rule) return undefined
  const repositories = await rule.repoInBody(asked, services)
  return enforceNeeds(rule, repositories, asked, request, services)
}
