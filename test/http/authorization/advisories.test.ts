import t from 'tap'
import type { Action } from '../../../src/access/actions.ts'
import { ociImage } from '../../../src/oci/media-types.ts'
import { basicOf, type GuardedRegistry, startGuarded } from '../../helpers/access.ts'
import { codesOf } from '../../helpers/client.ts'
import { imageOf, pushBlob, pushImage, pushManifest, randomContent } from '../../helpers/push.ts'

/*
 * Holes that other registries had. Which they were stands in `docs/reference/hardening-cases.md`.
 */

async function withImages(registry: GuardedRegistry, ...names: readonly string[]) {
  const root = await registry.person('root', { admin: true })
  const admin = registry.as(root.basic)
  const images = []
  for (const name of names) images.push(await pushImage(admin, name, 'latest'))
  return { root, admin, images }
}

const json = { 'content-type': 'application/json' }

t.test('deletion that is switched off is off for everybody, by every way', async (t) => {
  const registry = await startGuarded(t, { env: { LAYERHOUSE_DELETE_ENABLED: 'false' } })
  const { admin, images } = await withImages(registry, 'team/app')
  const [image] = images
  const ways: readonly (readonly [method: string, path: string, body?: object])[] = [
    ['DELETE', '/v2/team/app/manifests/latest'],
    ['DELETE', `/v2/team/app/manifests/${image?.manifest.digest}`],
    ['DELETE', `/v2/team/app/blobs/${image?.config.digest}`],
    ['POST', '/api/v1/deletions', { repo: 'team/app', tags: ['latest'] }],
    ['DELETE', '/api/v1/repo?repo=team/app'],
  ]
  for (const [method, path, body] of ways) {
    const sent = body === undefined ? {} : { headers: json, body: JSON.stringify(body) }
    const answer = await admin(method, path, sent)
    t.equal(answer.status, 405, `${method} ${path}`)
  }
  t.equal((await admin('GET', '/v2/team/app/manifests/latest')).status, 200)
})

t.test(
  'a right to push deletes nothing and moves nothing, whatever it is shown with',
  async (t) => {
    const registry = await startGuarded(t)
    const { admin, images } = await withImages(registry, 'team/app')
    const [image] = images
    const actions: readonly Action[] = ['pull', 'push']
    const ann = await registry.person('ann', { grants: { 'team/**': actions } })
    const robot = await registry.robot('ci', [{ pattern: 'team/**', actions }])
    const signed = await registry.bearer(ann.basic, 'repository:team/app:pull,push,delete,*')
    const blob = await pushBlob(admin, 'team/app', randomContent(16))
    const other = imageOf(blob, [])
    await pushManifest(admin, 'team/app', 'other', other)
    for (const authorization of [ann.basic, `Bearer ${ann.secret}`, robot.basic, signed]) {
      const client = registry.as(authorization)
      for (const path of [
        'manifests/latest',
        `manifests/${other.digest}`,
        `blobs/${blob.digest}`,
      ]) {
        t.match((await client('DELETE', `/v2/team/app/${path}`)).status, /^40[13]$/, path)
      }
      const wanted = { headers: { 'content-type': ociImage }, body: other.bytes }
      const moved = await client('PUT', '/v2/team/app/manifests/latest', wanted)
      t.match(moved.status, /^40[13]$/)
    }
    const latest = await admin('HEAD', '/v2/team/app/manifests/latest')
    t.equal(latest.headers['docker-content-digest'], image?.manifest.digest)
  },
)

t.test(
  'who leaves a group loses what it gave at once, also with what was signed before',
  async (t) => {
    const registry = await startGuarded(t)
    await withImages(registry, 'team/app')
    const ann = await registry.person('ann')
    const { access } = registry.tables
    await access.addMember('devs', 'ann')
    await registry.grant({ kind: 'group', name: 'devs' }, { 'team/**': ['pull'] })
    const signed = await registry.bearer(ann.basic, 'repository:team/app:pull')
    const statuses = async () => {
      const asked = [ann.basic, `Bearer ${ann.secret}`, signed].map((authorization) =>
        registry.as(authorization)('GET', '/v2/team/app/manifests/latest'),
      )
      return (await Promise.all(asked)).map(({ status }) => status)
    }
    t.same(await statuses(), [200, 200, 200])
    await access.removeMember('devs', 'ann')
    t.same(await statuses(), [403, 403, 401])
  },
)

const detours = [
  '/v2/public/app/../../team/app/manifests/latest',
  '/v2/public/%2e%2e/team/app/manifests/latest',
  '/v2/public/app/..%2f..%2fteam/app/manifests/latest',
  '/v2/public/app/./../../team/app/manifests/latest',
  '/v2/public%2fapp/../../team/app/manifests/latest',
  '/v2/public\\..\\team/app/manifests/latest',
  '/v2//team/app/manifests/latest',
  '//v2/team/app/manifests/latest',
  '/v2/team/app/manifests/latest?repo=public/app',
  '/V2/team/app/manifests/latest',
  '/healthz/../v2/team/app/manifests/latest',
  '/v2/team/app/manifests/latest%00',
  '/v2/team/app/manifests/latest/',
  '/v2/team/app/manifests/latest;/public/app',
  '/api/v1/../../v2/team/app/manifests/latest',
  'http://127.0.0.1/v2/team/app/manifests/latest',
]

t.test('no way of writing a path leads past what may be pulled or pushed', async (t) => {
  const env = { LAYERHOUSE_AUTH_ANONYMOUS_PULL: 'public/**' }
  const registry = await startGuarded(t, { env })
  const { admin, images } = await withImages(registry, 'public/app', 'team/app')
  const pusher = await registry.person('ann', { grants: { 'public/**': ['admin'] } })
  t.equal((await registry.request('GET', '/v2/public/app/manifests/latest')).status, 200)
  for (const authorization of [undefined, pusher.basic]) {
    for (const path of detours) {
      for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
        const answer = await registry.as(authorization)(method, path)
        t.match(answer.status, /^4\d\d$/, `${method} ${path}`)
      }
    }
  }
  const kept = await admin('HEAD', '/v2/team/app/manifests/latest')
  t.equal(kept.headers['docker-content-digest'], images[1]?.manifest.digest)
})

const agents = [
  'docker/28.0.1 go/go1.24',
  'containerd/2.0',
  'Trivy',
  'harbor-registry-client',
  'kube-probe/1.31',
  'ELB-HealthChecker/2.0',
  'Googlebot',
  '',
]

/** Headers by which a client says that it is somebody, or somewhere else. */
const claims: readonly Readonly<Record<string, string>>[] = [
  ...agents.map((agent) => ({ 'user-agent': agent })),
  { 'x-forwarded-user': 'root', 'x-remote-user': 'root', 'remote-user': 'root' },
  { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', forwarded: 'for=127.0.0.1' },
  { 'x-original-url': '/healthz', 'x-rewrite-url': '/healthz', 'x-forwarded-prefix': '/healthz' },
  { 'x-http-method-override': 'OPTIONS', 'x-method-override': 'GET' },
  { 'x-harbor-csrf-token': 'x', 'x-requested-with': 'XMLHttpRequest', host: 'localhost' },
  { 'x-client-cert': 'CN=root', 'ssl-client-verify': 'SUCCESS', 'ssl-client-s-dn': 'CN=root' },
]

t.test('nothing is allowed or refused for what a client says of itself', async (t) => {
  const registry = await startGuarded(t)
  await withImages(registry, 'team/app')
  const ann = await registry.person('ann', { grants: { 'team/**': ['pull'] } })
  for (const headers of claims) {
    const name = JSON.stringify(headers)
    const nobody = await registry.request('GET', '/v2/team/app/manifests/latest', { headers })
    t.equal(nobody.status, 401, name)
    const client = registry.as(ann.basic)
    t.equal((await client('GET', '/v2/team/app/manifests/latest', { headers })).status, 200, name)
    t.equal((await client('POST', '/v2/team/app/blobs/uploads/', { headers })).status, 403, name)
    t.equal((await client('GET', '/api/v1/users', { headers })).status, 403, name)
  }
})

const unsigned = [
  '/v2/_catalog',
  '/v2/_catalog?n=1000',
  '/v2/_catalog/',
  '/v2//_catalog',
  '//v2/_catalog',
  '/V2/_catalog',
  '/v2/%5fcatalog',
  '/v1/search?q=team',
  '/v1/_ping',
  '/api/v1/repos',
  '/api/v1/repos/',
  '/api/v1//repos',
  '/API/v1/repos',
  '/api/v1/meta',
  '/api/v1/session',
  '/api/v1/activity',
  '/token?scope=registry:catalog:*',
  '/',
  '/healthz',
  '/readyz',
  '/metrics',
  '/debug/vars',
]

t.test('who has not signed in is told of no repository on any path', async (t) => {
  const registry = await startGuarded(t)
  await withImages(registry, 'team/app')
  for (const path of unsigned) {
    const answer = await registry.request('GET', path)
    t.notMatch(answer.text, /team\/app/, path)
    t.notMatch(JSON.stringify(answer.headers), /team\/app/, path)
  }
  const signed = registry.as(await registry.bearer(undefined, 'registry:catalog:*'))
  for (const path of ['/v2/_catalog', '/api/v1/repos', '/api/v1/me', '/api/v1/tokens']) {
    t.equal((await signed('GET', path)).status, 401, `${path} with a token for nobody`)
  }
})

t.test('who pulls, or pushes what is new, owns nothing by that', async (t) => {
  const registry = await startGuarded(t)
  const { images } = await withImages(registry, 'team/app')
  const ann = await registry.person('ann', { grants: { 'team/**': ['pull', 'push'] } })
  const client = registry.as(ann.basic)
  const before = await registry.tables.access.grants()
  t.equal((await client('GET', '/v2/team/app/manifests/latest')).status, 200)
  await pushImage(client, 'team/new', 'latest')
  t.same(await registry.tables.access.grants(), before, 'nothing was granted')
  const digest = images[0]?.manifest.digest
  for (const path of [`team/app/manifests/${digest}`, 'team/new/manifests/latest']) {
    const answer = await client('DELETE', `/v2/${path}`)
    t.equal(answer.status, 403, path)
    t.same(codesOf(answer), ['DENIED'])
  }
})

t.test('a wrong password and a name that is not there are refused in the same words', async (t) => {
  const registry = await startGuarded(t)
  await registry.person('ann')
  await registry.robot('ci', [{ pattern: '**', actions: ['pull'] }])
  const secret = `lht_${'x'.repeat(43)}`
  const without = (text: string) => text.replace(/"requestId":"[^"]*"/, '')
  for (const path of [
    '/v2/',
    '/v2/team/app/tags/list',
    '/token?service=layerhouse',
    '/api/v1/me',
  ]) {
    const answers = await Promise.all(
      ['ann', 'ci', 'nobody-there'].map((name) => registry.as(basicOf(name, secret))('GET', path)),
    )
    t.equal(new Set(answers.map(({ status }) => status)).size, 1, path)
    t.equal(new Set(answers.map(({ text }) => without(text))).size, 1, path)
    const challenges = answers.map(({ headers }) => headers['www-authenticate'])
    t.equal(new Set(challenges).size, 1, path)
    t.equal(answers[0]?.status, 401)
  }
})
