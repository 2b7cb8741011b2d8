import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { routes } from '../../../routes/api/table.ts'
import { secretHash } from '../../../src/services/sign-in/token-text.ts'
import { basicOf, type GuardedRegistry, startGuarded } from '../../helpers/access.ts'
import type { Answer } from '../../helpers/client.ts'
import { pushImage } from '../../helpers/push.ts'
import {
  type ApiCredential,
  type ApiRequest,
  type ApiRight,
  apiRequests,
  apiRights,
  expectedOf,
  impersonal,
  personal,
} from './api-cells.ts'

type Headers = Readonly<Record<string, string>>
type HeadersOf = Partial<Readonly<Record<ApiCredential, Headers>>>
type Client = ReturnType<GuardedRegistry['as']>

const all = ['repository:team/app:*', 'repository:team/spare:*', 'registry:catalog:*'] as const
const inTeam = 'team/*'
const machine = [{ pattern: 'team/app', actions: ['pull'] }] as const

/** What the paths name. */
interface Stage {
  readonly registry: GuardedRegistry
  readonly admin: Client
  readonly values: Readonly<Record<string, string>>
}

async function setStage(registry: GuardedRegistry): Promise<Stage> {
  const root = await registry.person('root', { admin: true })
  const admin = registry.as(root.basic)
  const { manifest, layers } = await pushImage(admin, 'team/app', 'latest')
  await pushImage(admin, 'team/app', 'gone')
  await pushImage(admin, 'team/spare', 'latest')
  await registry.robot('machine', machine)
  const json = { headers: { 'content-type': 'application/json' } }
  const body = JSON.stringify({ repo: 'team/app', tags: ['gone'] })
  const done = await admin('POST', '/api/v1/deletions', { ...json, body })
  const deletion = String(done.json<{ deletion: { id: number } }>().deletion.id)
  await admin('POST', `/api/v1/deletions/${deletion}/undo`)
  const layer = layers[0]?.digest as string
  return { registry, admin, values: { digest: manifest.digest, layer, deletion } }
}

/** Cookie and proof of a browser somebody has signed in with. */
async function sessionOf({ tables, request }: GuardedRegistry, name: string, of: string) {
  const secret = `lhs_${`${name}-${of}`.padEnd(43, 's')}`
  const { epoch = 0 } = (await tables.access.account(name)) ?? {}
  const expiresAt = Date.now() + 3_600_000
  const session = { kind: 'session', account: name, epoch, expiresAt } as const
  await tables.secrets.create({ ...session, hash: secretHash(secret) })
  const cookie = `layerhouse-session=${secret}`
  const known = await request('GET', '/api/v1/session', { headers: { cookie } })
  return { cookie, 'x-csrf-token': known.json<{ csrfToken: string }>().csrfToken }
}

async function sessionsOf(registry: GuardedRegistry, name: string): Promise<HeadersOf> {
  const [alone, proved, elsewhere, mixed] = await Promise.all(
    ['a', 'p', 'e', 'm'].map((of) => sessionOf(registry, name, of)),
  )
  if (!(alone && proved && elsewhere && mixed)) throw new Error('no session')
  return {
    'session alone': { cookie: alone.cookie },
    'session with its proof': proved,
    'session with its proof from another site': { ...elsewhere, origin: 'https://evil.example' },
    'session with the proof of another': { ...mixed, 'x-csrf-token': proved['x-csrf-token'] },
  }
}

async function headersOf(registry: GuardedRegistry, right: ApiRight): Promise<HeadersOf> {
  const name = `u-${right}`
  const admin = right === 'administrator'
  const actions = right === 'none' ? [] : ([admin ? 'admin' : right] as const)
  const grants = admin ? {} : { [inTeam]: actions }
  const member = await registry.person(name, { admin, grants })
  const other = await registry.personalToken(name, [{ pattern: 'other/**', actions: ['admin'] }])
  const robot = await registry.robot(`r-${right}`, [{ pattern: inTeam, actions }])
  const asked = await registry.as(member.basic)('GET', '/token?offline_token=true')
  const refresh = asked.json<{ refresh_token: string }>().refresh_token
  const signed = async (...scopes: readonly string[]) => ({
    authorization: await registry.bearer(member.basic, ...scopes),
  })
  return {
    'wrong secret': { authorization: basicOf(name, `lht_${'w'.repeat(43)}`) },
    'refresh token as bearer': { authorization: `Bearer ${refresh}` },
    'token with the name': { authorization: member.basic },
    'token as bearer': { authorization: `Bearer ${member.secret}` },
    'token for something else': { authorization: other.basic },
    robot: { authorization: robot.basic },
    'signed for all of it': await signed(...all),
    'signed for pulls': await signed('repository:team/app:pull', 'repository:team/spare:pull'),
    'signed for nothing': await signed(),
    ...(await sessionsOf(registry, name)),
  }
}

async function headersOfNobody(registry: GuardedRegistry): Promise<HeadersOf> {
  const operator = readFileSync(join(registry.root, 'keys', 'operator'), 'utf8')
  const signed = await registry.bearer(undefined, ...all)
  return {
    nothing: {},
    'empty basic': { authorization: 'Basic Og==' },
    malformed: { authorization: 'Basic @' },
    'wrong bearer': { authorization: `${signed}x` },
    'signed for nobody': { authorization: signed },
    operator: { authorization: `Bearer ${operator}` },
    'wrong operator': {
      authorization: `Bearer ${operator.slice(0, -1)}${operator.endsWith('A') ? 'B' : 'A'}`,
    },
  }
}

/** Puts back what a request took away. */
async function putBack({ registry, admin }: Stage, { needs, path }: ApiRequest, self: string) {
  if (needs === 'delete') await pushImage(admin, 'team/spare', 'latest')
  if (needs === 'robot') await registry.robot('machine', machine)
  if (path.endsWith('/spare')) await addSpare(registry, self)
}

async function addSpare({ tables }: GuardedRegistry, account: string): Promise<void> {
  const hash = secretHash(`spare of ${account}`)
  const token = { account, name: 'spare', robot: false, scopes: undefined, hash, createdBy: 'test' }
  await tables.secrets.createToken(token)
}

interface Try {
  readonly credential: ApiCredential
  readonly right: ApiRight
  /** The account whose credential it is. */
  readonly self: string
}

/** What is wrong with an answer; nothing, mostly. */
function mistakes(
  { status: found, text }: Answer,
  request: ApiRequest,
  { credential, right }: Try,
) {
  const { status, tells } = expectedOf(request, credential, right)
  if (found !== status) return [`${found} instead of ${status}: ${text}`]
  if (status === 401 && !text.includes('"code":"UNAUTHORIZED"')) return [text]
  if (tells === undefined || text.includes(request.tells as string) === tells) return []
  return [`${tells ? 'does not tell' : 'tells'} ${request.tells}`]
}

/** Sends everything with one credential; gives the answers that are not as they must be. */
async function tryAll(stage: Stage, own: Headers, who: Try): Promise<readonly string[]> {
  const wrongs: string[] = []
  const values: Readonly<Record<string, string>> = { ...stage.values, self: who.self }
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole)
  for (const request of apiRequests) {
    const [method = ''] = request.route.split(' ')
    const path = `/api/v1${fill(request.path)}`
    const sent =
      request.body === undefined
        ? { headers: own }
        : {
            headers: { ...own, 'content-type': 'application/json' },
            body: fill(JSON.stringify(request.body)),
          }
    const answer = await stage.registry.request(method, path, sent)
    if (method === 'DELETE' && answer.status < 300) await putBack(stage, request, who.self)
    const problems = mistakes(answer, request, who)
    wrongs.push(...problems.map((problem) => `${method} ${path}: ${problem}`))
  }
  return wrongs
}

const env = {
  LAYERHOUSE_AUTH_FAILURES_PER_ACCOUNT: '0',
  LAYERHOUSE_AUTH_FAILURES_PER_NETWORK: '0',
}

t.test('every route of the management API stands in the table of the matrix', async (t) => {
  const known = new Set(apiRequests.map(({ route }) => route))
  t.same([...known].sort(), routes.map(({ method, path }) => `${method} ${path}`).sort())
})

t.test('every request of the management API, with every credential and right', async (t) => {
  const registry = await startGuarded(t, { env })
  const stage = await setStage(registry)
  for (const right of apiRights) {
    const headers = await headersOf(registry, right)
    const self = `u-${right}`
    await addSpare(registry, self)
    for (const credential of personal) {
      const own = headers[credential]
      if (own === undefined) throw new Error(credential)
      const wrongs = await tryAll(stage, own, { credential, right, self })
      t.same(wrongs, [], `${right}: ${apiRequests.length} requests with ${credential}`)
    }
  }
  const headers = await headersOfNobody(registry)
  for (const credential of impersonal) {
    const own = headers[credential]
    if (own === undefined) throw new Error(credential)
    const wrongs = await tryAll(stage, own, { credential, right: 'none', self: 'u-none' })
    t.same(wrongs, [], `${apiRequests.length} requests with ${credential}`)
  }
})
