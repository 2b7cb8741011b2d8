import type { Action } from '../../../src/access/actions.ts'

/*
 * What must come of each request of the management API, written down apart from the code: nothing here
 * imports the routes or what they say of themselves.
 */

/** What a request takes. */
export type Needs =
  | 'nothing'
  /** To be somebody. */
  | 'person'
  /** To run the registry. */
  | 'registry'
  /** To be somebody; the answer leaves out what may not be pulled. */
  | 'filtered'
  /** The same for the one thing that is asked for. */
  | 'visible'
  /** To have `admin` where rights are given. */
  | 'giving'
  /** The same, and not by a token. */
  | 'making robots'
  /** To have `admin` on all that a robot's token is for; else there is none. */
  | 'robot'
  | 'robot, renewed'
  /** One's own token, with nothing that limits what was signed in with. */
  | 'own token'
  | Action

export interface ApiRequest {
  /** As the description of the API has it. */
  readonly route: string
  /** What stands in the place of the parameters, and the query. */
  readonly path: string
  readonly body?: object
  readonly needs: Needs
  /** The answer where it is allowed. */
  readonly allowed: number
  /** The answer where there is nothing of the kind, or nothing that may be known. */
  readonly absent: number
  /** Stands in the answer if, and only if, the repository may be pulled. */
  readonly tells?: string
}

type More = Partial<Pick<ApiRequest, 'absent' | 'tells' | 'body'>>

function cell(route: string, end: string, needs: Needs, allowed: number, more: More = {}) {
  const [path = ''] = route.split(' ').slice(1)
  return {
    route,
    path: end.startsWith('/') ? end : `${path}${end}`,
    needs,
    allowed,
    absent: 404,
    ...more,
  }
}

const repo = '?repo=team/app'
const latest = { repo: 'team/app', tags: ['latest'] }
const wrong = { body: { unknown: true } }
const other = { grantee: 'nobody-there', pattern: 'team/app' }
const robot = { name: 'machine', scopes: [{ pattern: 'team/app', actions: ['pull'] }] }

const open: readonly ApiRequest[] = [
  cell('GET /meta', '', 'nothing', 200),
  cell('GET /openapi.json', '', 'nothing', 200),
  cell('GET /session', '', 'nothing', 200),
  cell('POST /session', '', 'nothing', 400, wrong),
  cell('POST /setup', '', 'nothing', 400, wrong),
]

const lists: readonly ApiRequest[] = [
  cell('GET /activity', '?repo=team/app', 'filtered', 200, { tells: 'team/app' }),
  cell('GET /activity/export', '?repo=team/app', 'filtered', 200, { tells: 'team/app' }),
  cell('GET /repos', '', 'filtered', 200, { tells: 'team/app' }),
  cell('POST /storage/marginal', '', 'filtered', 200, {
    body: { tags: [{ repo: 'team/app', tag: 'latest' }] },
    tells: '"manifests":1',
  }),
  cell('GET /images/resolve', '?ref=team/app:latest', 'visible', 200),
  cell('GET /images/export', '?ref=team/app:latest', 'visible', 200),
  cell('GET /layers/{digest}', '/layers/{layer}', 'visible', 200),
  cell('GET /layers/{digest}/users', '/layers/{layer}/users', 'visible', 200),
]

const repositories: readonly ApiRequest[] = [
  cell('GET /repo', repo, 'pull', 200),
  cell('GET /tags', repo, 'pull', 200),
  cell('GET /manifests', repo, 'pull', 200),
  cell('GET /storage/repo', repo, 'pull', 200),
  cell('GET /storage/tags', `${repo}&tag=latest`, 'pull', 200, { absent: 200, tells: '"digest"' }),
  cell('GET /tags/history', `${repo}&tag=latest`, 'pull', 200, { absent: 200, tells: '"to"' }),
  cell('POST /tags/restore', '', 'push', 200, {
    body: { repo: 'team/app', tag: 'latest', digest: '{digest}' },
  }),
  cell('POST /imports', repo, 'push', 400),
  cell('PUT /imports', repo, 'push', 400),
  cell('POST /deletions/preview', '', 'delete', 200, { body: latest }),
  cell('POST /deletions', '', 'delete', 412, { body: { ...latest, version: 'another' } }),
  // What was undone can be neither undone nor given up.
  cell('POST /deletions/{id}/undo', '/deletions/{deletion}/undo', 'delete', 409),
  cell('POST /deletions/{id}/purge', '/deletions/{deletion}/purge', 'delete', 409),
  cell('DELETE /repo', '?repo=team/spare', 'delete', 200),
]

const registry: readonly ApiRequest[] = [
  cell('POST /gc', '', 'registry', 400, wrong),
  cell('GET /gc/runs', '', 'registry', 200),
  cell('GET /gc/runs/{id}', '/gc/runs/999', 'registry', 404),
  cell('GET /gc/runs/{id}/journal', '/gc/runs/999/journal', 'registry', 404),
  cell('GET /retention', '', 'registry', 200),
  cell('PUT /retention', '', 'registry', 400, wrong),
  cell('POST /retention/preview', '', 'registry', 400, wrong),
  cell('GET /immutability', '', 'registry', 200),
  cell('PUT /immutability', '', 'registry', 400, wrong),
  cell('GET /quotas', '', 'registry', 200),
  cell('PUT /quotas', '', 'registry', 400, wrong),
  cell('GET /quotas/use', '', 'registry', 200),
  cell('GET /storage/summary', '', 'registry', 200),
  cell('POST /storage/reconcile', '', 'registry', 400, wrong),
  cell('GET /storage/series', '?from=2026-01-01&to=2026-01-02', 'registry', 200),
  cell('GET /storage/registry', '', 'registry', 200),
  cell('GET /storage/namespace', '?prefix=team', 'registry', 200),
  cell('GET /storage/layers', '', 'registry', 200),
  cell('GET /users', '', 'registry', 200),
  cell('POST /users', '', 'registry', 400, wrong),
  cell('POST /users/import', '', 'registry', 400, wrong),
  cell('GET /users/{name}', '/users/root', 'registry', 200),
  cell('PATCH /users/{name}', '/users/root', 'registry', 400, wrong),
  cell('DELETE /users/{name}', '/users/nobody-there', 'registry', 404),
  cell('GET /groups', '', 'registry', 200),
  cell('PUT /groups/{name}/members/{account}', '/groups/g/members/nobody-there', 'registry', 404),
  cell('DELETE /groups/{name}/members/{account}', '/groups/g/members/root', 'registry', 404),
  cell('DELETE /groups/{name}', '/groups/nobody-there', 'registry', 404),
  cell('GET /access', '?user=root&action=pull&repo=team/app', 'registry', 200),
]

const people: readonly ApiRequest[] = [
  cell('GET /me', '', 'person', 200),
  // Refused for what it says; that tokens change no password is held elsewhere.
  cell('PATCH /me', '', 'person', 400, wrong),
  cell('GET /grants', '', 'person', 200),
  cell('GET /tokens', '', 'person', 200),
  cell('PUT /grants', '', 'giving', 404, { body: { ...other, actions: [] } }),
  cell('DELETE /grants', '?grantee=nobody-there&pattern=team/app', 'giving', 404),
  cell('POST /tokens', '', 'making robots', 409, { body: robot }),
  cell(
    'POST /tokens/{account}/{name}/rotate',
    '/tokens/machine/machine/rotate',
    'robot, renewed',
    200,
  ),
  cell('DELETE /tokens/{account}/{name}', '/tokens/machine/machine', 'robot', 204),
  cell('DELETE /tokens/{account}/{name}', '/tokens/{self}/spare', 'own token', 204),
]

/** The last one ends the session it comes with. */
export const apiRequests: readonly ApiRequest[] = [
  ...open,
  ...lists,
  ...repositories,
  ...registry,
  ...people,
  cell('DELETE /session', '', 'nothing', 204),
]

/** Rights on what is in `team`; an administrator has all of them everywhere. */
export const apiRights = [
  'none',
  'pull',
  'push',
  'overwrite',
  'delete',
  'admin',
  'administrator',
] as const
export type ApiRight = (typeof apiRights)[number]

/** Credentials of somebody, who has one of the rights. */
export const personal = [
  'wrong secret',
  'refresh token as bearer',
  'token with the name',
  'token as bearer',
  'token for something else',
  'robot',
  'signed for all of it',
  'signed for pulls',
  'signed for nothing',
  'session alone',
  'session with its proof',
  'session with its proof from another site',
  'session with the proof of another',
] as const

/** Those that say nothing of anybody. */
export const impersonal = [
  'nothing',
  'empty basic',
  'malformed',
  'wrong bearer',
  'signed for nobody',
  'operator',
  'wrong operator',
] as const

export type ApiCredential = (typeof personal)[number] | (typeof impersonal)[number]

const refusedAlways: ReadonlySet<ApiCredential> = new Set([
  'wrong secret',
  'wrong bearer',
  'malformed',
  'refresh token as bearer',
  'wrong operator',
])
const nobody: ReadonlySet<ApiCredential> = new Set(['nothing', 'empty basic', 'signed for nobody'])
const forged: ReadonlySet<ApiCredential> = new Set([
  'session alone',
  'session with its proof from another site',
  'session with the proof of another',
])
/** What was signed in with says how much may be done at most. */
const limited: ReadonlySet<ApiCredential> = new Set([
  'token for something else',
  'robot',
  'signed for all of it',
  'signed for pulls',
  'signed for nothing',
])

function mayIn(credential: ApiCredential, right: ApiRight, action: Action): boolean {
  if (credential === 'operator') return true
  if (credential === 'token for something else' || credential === 'signed for nothing') return false
  if (credential === 'signed for pulls' && action !== 'pull') return false
  return right === 'administrator' || right === 'admin' || right === action
}

function runsIt(credential: ApiCredential, right: ApiRight): boolean {
  return credential === 'operator' || (right === 'administrator' && !limited.has(credential))
}

interface Caller {
  readonly runs: boolean
  readonly byToken: boolean
  readonly isLimited: boolean
  may(action: Action): boolean
}

type Judge = (request: ApiRequest, caller: Caller) => number

const passes: Judge = ({ allowed }) => allowed

/** What depends on more than one right in the repository. */
const judges: Readonly<Record<Exclude<Needs, Action>, Judge>> = {
  nothing: passes,
  person: passes,
  filtered: passes,
  registry: ({ allowed }, { runs }) => (runs ? allowed : 403),
  visible: ({ allowed, absent }, { may }) => (may('pull') ? allowed : absent),
  giving: ({ allowed }, { may }) => (may('admin') ? allowed : 403),
  'making robots': ({ allowed }, { runs, byToken, may }) =>
    runs || (may('admin') && !byToken) ? allowed : 403,
  robot: ({ allowed, absent }, { may }) => (may('admin') ? allowed : absent),
  'robot, renewed': ({ allowed, absent }, { runs, byToken, may }) => {
    if (!may('admin')) return absent
    return runs || !byToken ? allowed : 403
  },
  'own token': ({ allowed }, { isLimited }) => (isLimited ? 403 : allowed),
}

/** What there is to be pulled is there, and the rest is not. */
function inRepository(needs: Action): Judge {
  return ({ allowed, absent }, { may }) => {
    if (may(needs)) return allowed
    return may('pull') ? 403 : absent
  }
}

function isAction(needs: Needs): needs is Action {
  return !Object.hasOwn(judges, needs)
}

/** For who is somebody. */
function decided(request: ApiRequest, credential: ApiCredential, right: ApiRight): number {
  const { needs, absent } = request
  // A robot is another account.
  if (needs === 'own token' && credential === 'robot') return absent
  const judge = isAction(needs) ? inRepository(needs) : judges[needs]
  return judge(request, {
    runs: runsIt(credential, right),
    byToken: limited.has(credential) || credential.startsWith('token'),
    isLimited: limited.has(credential),
    may: (action) => mayIn(credential, right, action),
  })
}

/** The cell of the matrix. */
export function expectedOf(
  request: ApiRequest,
  credential: ApiCredential,
  right: ApiRight,
): { readonly status: number; readonly tells: boolean | undefined } {
  const { route, needs, tells } = request
  const at = (status: number) => ({ status, tells: undefined })
  if (refusedAlways.has(credential)) return at(401)
  if (forged.has(credential) && !route.startsWith('GET ')) return at(403)
  if (nobody.has(credential) && needs !== 'nothing') return at(401)
  const status = decided(request, credential, right)
  const isTold = tells !== undefined && status === 200
  return { status, tells: isTold ? mayIn(credential, right, 'pull') : undefined }
}
