import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ociImage } from '../../../src/oci/media-types.ts'
import { secretHash } from '../../../src/services/sign-in/token-text.ts'
import { basicOf, type GuardedRegistry, startGuarded } from '../../helpers/access.ts'
import type { Answer } from '../../helpers/client.ts'
import { contentOf, imageOf, pushBlob, pushManifest, randomContent } from '../../helpers/push.ts'
import {
  type CredentialKind,
  credentials,
  type Expected,
  expected,
  type Request,
  type Right,
  requests,
  rights,
} from './cells.ts'

/** What the paths name. */
interface Stage {
  readonly registry: GuardedRegistry
  readonly values: Readonly<Record<string, string>>
  readonly image: Buffer
  /** Somebody who may do everything and began none of the uploads. */
  readonly admin: ReturnType<GuardedRegistry['as']>
}

/** Headers of somebody who has a right and shows a credential. */
type HeadersOf = Readonly<Record<CredentialKind, Readonly<Record<string, string>>>>

const everything = ['repository:team/app:*', 'registry:catalog:*'] as const

async function credentialsOf(registry: GuardedRegistry, right: Right): Promise<HeadersOf> {
  const { person, personalToken, robot, bearer, as } = registry
  const name = `u-${right}`
  const actions = right === 'none' ? [] : [right]
  const member = await person(name, { grants: { 'team/app': actions } })
  const limited = await personalToken(name, [{ pattern: 'other/**', actions: ['admin'] }])
  const machine = await robot(`r-${right}`, [{ pattern: 'team/app', actions }])
  const asked = await as(member.basic)('GET', '/token?offline_token=true')
  const refresh = asked.json<{ refresh_token: string }>().refresh_token
  const session = `lhs_${'s'.repeat(42)}${rights.indexOf(right)}`
  const account = await registry.tables.access.account(name)
  await registry.tables.secrets.create({
    kind: 'session',
    hash: secretHash(session),
    account: name,
    epoch: account?.epoch ?? 0,
    expiresAt: Date.now() + 3_600_000,
  })
  const operator = readFileSync(join(registry.root, 'keys', 'operator'), 'utf8')
  const signed = (...scopes: readonly string[]) => bearer(member.basic, ...scopes)
  return {
    nothing: {},
    'empty basic': { authorization: 'Basic Og==' },
    'wrong secret': { authorization: basicOf(name, `lht_${'w'.repeat(43)}`) },
    'wrong bearer': { authorization: `${await signed(...everything)}x` },
    malformed: { authorization: 'Basic @' },
    basic: { authorization: member.basic },
    'personal token as bearer': { authorization: `Bearer ${member.secret}` },
    'personal token for something else': { authorization: limited.basic },
    robot: { authorization: machine.basic },
    'signed for all of it': { authorization: await signed(...everything) },
    'signed for pulls': { authorization: await signed('repository:team/app:pull') },
    'signed for nothing': { authorization: await signed() },
    'signed for somewhere else': { authorization: await signed('repository:team/other:*') },
    'refresh token as bearer': { authorization: `Bearer ${refresh}` },
    'signed for nobody': { authorization: await registry.bearer(undefined, ...everything) },
    operator: { authorization: `Bearer ${operator}` },
    'wrong operator': { authorization: `Bearer lho_${'o'.repeat(43)}` },
    'session cookie': { cookie: `layerhouse-session=${session}` },
  }
}

async function setStage(registry: GuardedRegistry): Promise<Stage> {
  const root = await registry.person('root', { admin: true })
  const admin = registry.as(root.basic)
  const config = await pushBlob(admin, 'team/app', randomContent(64))
  const layer = await pushBlob(admin, 'team/app', randomContent(64))
  const image = imageOf(config, [layer])
  await pushManifest(admin, 'team/app', 'latest', image)
  const empty = contentOf('').digest
  const values = { tag: 'latest', digest: image.digest, blob: layer.digest, empty }
  return { registry, values, image: image.bytes, admin }
}

/** What requests take away, made anew when it is gone. */
function createProps({ registry, values, admin }: Stage) {
  let spare: Readonly<Record<string, string>> | undefined
  let upload: string | undefined
  let made = 0

  async function spares() {
    made += 1
    const blob = await pushBlob(admin, 'team/app', randomContent(32))
    const manifest = imageOf(blob, [])
    await pushManifest(admin, 'team/app', `spare-${made}`, manifest)
    const loose = await pushBlob(admin, 'team/app', randomContent(32))
    return { spare: `spare-${made}`, spareDigest: manifest.digest, spareBlob: loose.digest }
  }

  /** An upload of whoever sends these headers, if they may begin one; else somebody else's. */
  async function begin(headers: Readonly<Record<string, string>>): Promise<string> {
    const path = '/v2/team/app/blobs/uploads/'
    const own = await registry.as(undefined)('POST', path, { headers })
    const begun = own.status === 202 ? own : await admin('POST', path)
    return begun.headers['docker-upload-uuid'] as string
  }

  return {
    async pathOf({ path }: Request, headers: Readonly<Record<string, string>>): Promise<string> {
      if (path.includes('{spare')) spare ??= await spares()
      if (path.includes('{upload}')) upload ??= await begin(headers)
      made += 1
      const all: Readonly<Record<string, string | undefined>> = {
        ...values,
        ...spare,
        upload,
        new: `new-${made}`,
      }
      return `/v2/${path.replace(/\{(\w+)\}/g, (_, name: string) => all[name] as string)}`
    },
    /** Something was done with them. */
    used({ path }: Request): void {
      if (path.includes('{spare')) spare = undefined
      if (path.includes('{upload}')) upload = undefined
    },
    /** Somebody else comes. */
    next(): void {
      upload = undefined
    },
  }
}

function challengeMistakes(
  answer: Answer,
  { scope, port }: { readonly scope: string | undefined; readonly port: number },
  wanted: Expected['challenge'],
) {
  const challenges = answer.rawHeaders.filter((name) => /^www-authenticate$/i.test(name))
  const challenge = answer.headers['www-authenticate'] ?? ''
  if (wanted === undefined) return challenges.length === 0 ? [] : [`challenge ${challenge}`]
  const read = (name: string) => new RegExp(`[ ,]${name}="([^"]*)"`).exec(challenge)?.[1]
  const origin = `http://127.0.0.1:${port}`
  const facts = { realm: `${origin}/token`, service: 'layerhouse', scope, count: 1 }
  const found = {
    realm: read('realm'),
    service: read('service'),
    scope: read('scope'),
    count: challenges.length,
  }
  const [expectedText, text] = [facts, found].map((each) => JSON.stringify(each))
  const error = read('error') ?? 'none'
  return [
    ...(text === expectedText ? [] : [`${text} instead of ${expectedText}`]),
    ...(error === wanted ? [] : [`error ${error} instead of ${wanted}`]),
  ]
}

/** What is wrong with an answer; nothing, mostly. */
function mistakes(
  answer: Answer,
  request: Request,
  wanted: Expected,
  port: number,
): readonly string[] {
  const { status, challenge } = wanted
  const code = { 401: 'UNAUTHORIZED', 403: 'DENIED' }[status] ?? ''
  const told = request.method === 'HEAD' ? answer.text === '' : answer.text.includes(code)
  return [
    ...(answer.status === status ? [] : [`${answer.status} instead of ${status}`]),
    ...(told ? [] : [`the body: ${answer.text}`]),
    ...challengeMistakes(answer, { scope: request.scope, port }, challenge),
  ]
}

const env = {
  LAYERHOUSE_AUTH_FAILURES_PER_ACCOUNT: '0',
  LAYERHOUSE_AUTH_FAILURES_PER_NETWORK: '0',
}

/** Sends every request with one credential; gives what is wrong with the answers. */
async function tryAll(
  { registry, image }: Stage,
  props: ReturnType<typeof createProps>,
  {
    own,
    wantedOf,
  }: { own: Readonly<Record<string, string>>; wantedOf(request: Request): Expected },
): Promise<readonly string[]> {
  const wrongs: string[] = []
  const send = registry.as(undefined)
  for (const request of requests) {
    const path = await props.pathOf(request, own)
    const isPush = request.method === 'PUT' && path.includes('/manifests/')
    const wanted = { headers: { ...own, 'content-type': ociImage }, body: isPush ? image : '' }
    const answer = await send(request.method, path, wanted)
    if (answer.status < 300) props.used(request)
    const problems = mistakes(answer, request, wantedOf(request), registry.port)
    wrongs.push(...problems.map((problem) => `${request.method} ${path}: ${problem}`))
  }
  return wrongs
}

for (const right of rights) {
  t.test(`every request with every credential of somebody with the right: ${right}`, async (t) => {
    const registry = await startGuarded(t, { env })
    const stage = await setStage(registry)
    const headersOf = await credentialsOf(registry, right)
    const props = createProps(stage)
    for (const credential of credentials) {
      props.next()
      const wantedOf = (request: Request) => expected(request, credential, right)
      const wrongs = await tryAll(stage, props, { own: headersOf[credential], wantedOf })
      t.same(wrongs, [], `${requests.length} requests with ${credential}`)
    }
  })
}
