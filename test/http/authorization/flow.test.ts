import t from 'tap'
import { ociImage } from '../../../src/oci/media-types.ts'
import { startGuarded } from '../../helpers/access.ts'
import { codesOf } from '../../helpers/client.ts'
import { imageOf, pushBlob, pushImage, pushManifest, randomContent } from '../../helpers/push.ts'
import { openWire, until } from '../../helpers/wire.ts'

t.test(
  'the realm is the address that clients know, and nothing a client can put there',
  async (t) => {
    const { as } = await startGuarded(t)
    const realms: readonly (readonly [headers: Record<string, string>, realm: RegExp])[] = [
      [{ host: 'registry.example.com' }, /^http:\/\/registry\.example\.com\/token$/],
      [{ host: 'registry.example.com:5000' }, /^http:\/\/registry\.example\.com:5000\/token$/],
      [{ host: '[::1]:5000' }, /^http:\/\/\[::1\]:5000\/token$/],
      [{ host: 'a"<b>/..@x' }, /^http:\/\/127\.0\.0\.1:\d+\/token$/],
      [{ host: 'a/b' }, /^http:\/\/127\.0\.0\.1:\d+\/token$/],
      [{ host: 'user@evil' }, /^http:\/\/127\.0\.0\.1:\d+\/token$/],
      [{ host: 'x', 'x-forwarded-proto': 'https' }, /^http:\/\/x\/token$/],
      [{ host: 'x', 'x-forwarded-host': 'evil' }, /^http:\/\/x\/token$/],
      [{ host: 'x', forwarded: 'host=evil;proto=https' }, /^http:\/\/x\/token$/],
    ]
    for (const [headers, realm] of realms) {
      const answer = await as(undefined)('GET', '/v2/', { headers })
      const found = /^Bearer realm="([^"]*)",service="layerhouse"$/.exec(
        answer.headers['www-authenticate'] ?? '',
      )
      t.match(found?.[1], realm, JSON.stringify(headers))
    }
  },
)

t.test('a trusted proxy tells the scheme and the host', async (t) => {
  const { as } = await startGuarded(t, { env: { LAYERHOUSE_HTTP_TRUSTED_PROXIES: '127.0.0.1' } })
  const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'registry.example.com' }
  const answer = await as(undefined)('GET', '/v2/', { headers })
  t.match(answer.headers['www-authenticate'], 'realm="https://registry.example.com/token"')
  const odd = await as(undefined)('GET', '/v2/', { headers: { 'x-forwarded-proto': 'javascript' } })
  t.match(odd.headers['www-authenticate'], 'realm="http://127.0.0.1:')
})

t.test('a configured address is the realm and the service, whatever a client says', async (t) => {
  const env = { LAYERHOUSE_HTTP_PUBLIC_URL: 'https://registry.example.com:8443/sub' }
  const { as, person, bearer } = await startGuarded(t, { env })
  const answer = await as(undefined)('GET', '/v2/', { headers: { host: 'evil' } })
  t.equal(
    answer.headers['www-authenticate'],
    'Bearer realm="https://registry.example.com:8443/sub/token",service="registry.example.com:8443"',
  )
  const alice = await person('alice')
  const token = await bearer(alice.basic)
  const claims = Buffer.from(token.split('.')[1] as string, 'base64url').toString()
  t.match(JSON.parse(claims), { aud: 'registry.example.com:8443' })
  t.equal((await as(token)('GET', '/v2/')).status, 200)
})

t.test('a right that is taken away is gone at once, also for signed tokens', async (t) => {
  const { as, person, bearer, tables } = await startGuarded(t)
  const root = await person('root', { admin: true })
  await pushImage(as(root.basic), 'team/app', 'latest')
  const alice = await person('alice', { grants: { 'team/**': ['pull'] } })
  const token = await bearer(alice.basic, 'repository:team/app:pull')
  const get = () => as(token)('GET', '/v2/team/app/manifests/latest')
  t.equal((await get()).status, 200)
  const grantee = { kind: 'account', name: 'alice' } as const
  await tables.access.grant({ grantee, pattern: 'team/**', actions: [] }, 'test')
  const denied = await get()
  t.equal(denied.status, 401)
  t.match(denied.text, 'alice may not pull from team/app')
  await tables.access.grant({ grantee, pattern: 'team/**', actions: ['pull'] }, 'test')
  t.equal((await get()).status, 200)
  await tables.access.changeAccount('alice', { disabled: true })
  t.match((await get()).headers['www-authenticate'], 'error="invalid_token"')
  await tables.access.changeAccount('alice', { disabled: false })
  t.equal((await get()).status, 401, 'what was handed out before is void')
  await tables.access.removeAccount('alice')
  await person('alice', { grants: { 'team/**': ['pull'] } })
  t.equal((await get()).status, 401, 'another one of the same name is another one')
})

t.test('what was got with a personal token ends with that', async (t) => {
  const { as, person, bearer, tables } = await startGuarded(t)
  const alice = await person('alice')
  const signed = await bearer(alice.basic, 'repository:alice/app:pull')
  const look = () => as(signed)('GET', '/v2/')
  t.equal((await look()).status, 200)
  const [token] = await tables.secrets.tokens('alice')
  t.ok(await tables.secrets.removeToken('alice', token?.name ?? ''))
  const refused = await look()
  t.equal(refused.status, 401)
  t.match(refused.headers['www-authenticate'], 'error="invalid_token"')
})

t.test('moving a tag needs a right of its own', async (t) => {
  const { as, person } = await startGuarded(t)
  const pusher = await person('pusher', { grants: { 'team/**': ['pull', 'push'] } })
  const mover = await person('mover', { grants: { 'team/**': ['pull', 'push', 'overwrite'] } })
  const push = as(pusher.basic)
  const { config, manifest } = await pushImage(push, 'team/app', 'latest')
  await pushManifest(push, 'team/app', 'latest', manifest)
  const other = imageOf(config, [await pushBlob(push, 'team/app', randomContent(20))])
  const put = (client: typeof push, path: string) =>
    client('PUT', `/v2/team/app/manifests/${path}`, {
      headers: { 'content-type': ociImage },
      body: other.bytes,
    })
  for (const path of ['latest', `${other.digest}?tag=new&tag=latest`]) {
    const refused = await put(push, path)
    t.equal(refused.status, 403, path)
    t.same(codesOf(refused), ['DENIED'])
  }
  const tags = await push('GET', '/v2/team/app/tags/list')
  t.same(tags.json<{ tags: string[] }>().tags, ['latest'], 'nothing was changed')
  t.equal((await put(as(mover.basic), 'latest')).status, 201)
})

t.test('an upload is nobody’s but its owner’s', async (t) => {
  const { as, person } = await startGuarded(t)
  const grants = { 'team/**': ['pull', 'push'] } as const
  const [alice, bob] = [await person('alice', { grants }), await person('bob', { grants })]
  const begun = await as(alice.basic)('POST', '/v2/team/app/blobs/uploads/')
  const place = begun.headers['location'] as string
  const content = randomContent(100)
  for (const method of ['GET', 'PATCH', 'DELETE', 'PUT']) {
    const path = method === 'PUT' ? `${place}?digest=${content.digest}` : place
    const body = method === 'PATCH' || method === 'PUT' ? content.bytes : ''
    const answer = await as(bob.basic)(method, path, { body })
    t.equal(answer.status, 404, method)
    t.same(codesOf(answer), ['BLOB_UPLOAD_UNKNOWN'])
  }
  t.equal((await as(alice.basic)('GET', place)).headers['range'], '0-0')
  const put = `${place}?digest=${content.digest}`
  t.equal((await as(alice.basic)('PUT', put, { body: content.bytes })).status, 201)
})

t.test('a mount tells nothing of what may not be pulled', async (t) => {
  const { as, person, bearer } = await startGuarded(t)
  const root = await person('root', { admin: true })
  const secret = await pushBlob(as(root.basic), 'secret/app', randomContent(100))
  const shared = await pushBlob(as(root.basic), 'shared/app', randomContent(100))
  const grants = { 'team/**': ['pull', 'push'], 'shared/**': ['pull'] } as const
  const alice = await person('alice', { grants })
  const token = await bearer(alice.basic, 'repository:team/app:pull,push')
  const wide = await bearer(alice.basic, 'repository:team/app:pull,push repository:shared/app:pull')
  const mount = (authorization: string, digest: string, from: string) => {
    const query = `mount=${digest}${from === '' ? '' : `&from=${from}`}`
    return as(authorization)('POST', `/v2/team/app/blobs/uploads/?${query}`)
  }
  const absent = randomContent(10).digest
  const cases: readonly (readonly [string, string, string, number])[] = [
    [alice.basic, secret.digest, 'secret/app', 202],
    [alice.basic, secret.digest, '', 202],
    [alice.basic, absent, 'secret/app', 202],
    [token, shared.digest, 'shared/app', 202],
    [wide, shared.digest, 'shared/app', 201],
  ]
  for (const [authorization, digest, from, status] of cases) {
    t.equal((await mount(authorization, digest, from)).status, status, from)
  }
  const asked = await as(undefined)(
    'POST',
    `/v2/team/app/blobs/uploads/?mount=${shared.digest}&from=shared/app`,
  )
  t.match(
    asked.headers['www-authenticate'],
    'scope="repository:team/app:pull,push repository:shared/app:pull"',
  )
})

t.test('the catalog shows what may be pulled, and to nobody that there is more', async (t) => {
  const env = { LAYERHOUSE_AUTH_ANONYMOUS_PULL: 'public/**' }
  const { as, person, bearer } = await startGuarded(t, { env })
  const root = await person('root', { admin: true })
  for (const name of ['public/a', 'secret/a', 'team/a', 'team/b']) {
    await pushImage(as(root.basic), name, 'latest')
  }
  const alice = await person('alice', { grants: { 'team/**': ['pull'] } })
  const lists: readonly (readonly [string | undefined, readonly string[]])[] = [
    [root.basic, ['public/a', 'secret/a', 'team/a', 'team/b']],
    [alice.basic, ['public/a', 'team/a', 'team/b']],
    [await bearer(alice.basic, 'registry:catalog:*'), ['public/a', 'team/a', 'team/b']],
    [undefined, ['public/a']],
  ]
  for (const [authorization, repositories] of lists) {
    const answer = await as(authorization)('GET', '/v2/_catalog')
    t.same(answer.json(), { repositories })
  }
  const listing = await bearer(alice.basic, 'registry:catalog:*')
  const manifest = await as(listing)('GET', '/v2/team/a/manifests/latest')
  t.equal(manifest.status, 401, 'a token for lists pulls nothing')
})

t.test('leave to send a body is given only to whoever may', async (t) => {
  const { port } = await startGuarded(t)
  const wire = await openWire(port)
  wire.socket.write(
    'POST /v2/team/app/blobs/uploads/?digest=sha256:x HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 100000000\r\n\r\n',
  )
  t.ok(await until(() => wire.text().includes('UNAUTHORIZED')))
  t.match(wire.text(), /^HTTP\/1\.1 401 /, 'and not 100 before')
  wire.socket.destroy()
})

t.test('each request on a connection is looked at by itself', async (t) => {
  const { port, person } = await startGuarded(t)
  const alice = await person('alice')
  const wire = await openWire(port)
  const ask = (header: string) => `GET /v2/ HTTP/1.1\r\nhost: x\r\n${header}\r\n`
  const good = ask(`authorization: ${alice.basic}\r\n`)
  wire.socket.write(`${good}${ask('')}${ask('authorization: Basic eDp5\r\n')}${good}`)
  const statuses = () => wire.text().match(/(?<=HTTP\/1\.1 )\d+/g) ?? []
  t.ok(await until(() => statuses().length === 4, 10_000))
  t.same(statuses(), ['200', '401', '401', '200'])
  wire.socket.destroy()
})

t.test('probes need nobody, and do not look at what is sent', async (t) => {
  const { as } = await startGuarded(t)
  for (const path of ['/', '/healthz', '/readyz', '/v1/_ping']) {
    t.equal((await as('Basic wrong')('GET', path)).status, 200, path)
  }
  t.equal((await as(undefined)('GET', '/v2/%2e%2e/healthz')).status, 400)
  t.equal((await as('Basic eDp5')('GET', '/nothing')).status, 401, 'also where there is nothing')
})
