import t from 'tap'
import { codesOf } from '../helpers/client.ts'
import { startRegistry } from '../helpers/registry.ts'

const zeros = `sha256:${'0'.repeat(64)}`

t.test('the registry says that it is one', async (t) => {
  const { request } = await startRegistry(t)
  for (const path of ['/v2/', '/v2']) {
    const answer = await request('GET', path)
    t.equal(answer.status, 200)
    t.equal(answer.text, '{}')
    t.equal(answer.headers['content-type'], 'application/json')
    t.equal(answer.headers['content-length'], '2')
    t.equal(answer.headers['docker-distribution-api-version'], 'registry/2.0')
  }
  const head = await request('HEAD', '/v2/')
  t.equal(head.status, 200)
  t.equal(head.headers['content-length'], '2')
  t.equal(head.body.length, 0)
})

t.test('every answer carries the common headers, errors too', async (t) => {
  const { request } = await startRegistry(t)
  for (const path of ['/', '/v2/', '/nowhere', '/v2/a/tags/list', '/v2/%zz/tags/list']) {
    const { headers } = await request('GET', path)
    t.equal(headers['x-content-type-options'], 'nosniff', path)
    t.equal(headers['docker-distribution-api-version'], 'registry/2.0', path)
    t.equal(headers['access-control-allow-origin'], undefined, path)
    t.equal(headers.server, undefined, path)
  }
})

t.test('a path that can be read in two ways is 400 in the OCI shape', async (t) => {
  const { request } = await startRegistry(t)
  const paths = [
    '/v2/../etc/passwd',
    '/v2/a/../b/tags/list',
    '/v2/a/./tags/list',
    '/v2/a/%2e%2e/tags/list',
    '/v2/a%2Fb/tags/list',
    '/v2/a%2fb/manifests/x',
    '/v2/a%5Cb/tags/list',
    '/v2/a//b/tags/list',
    '/v2//tags/list',
    '/v2/a/%00/tags/list',
    '/v2/a%0d%0a/tags/list',
    '/v2/a/%zz/tags/list',
    '/v2/a/%c3%28/tags/list',
    '/v2/a/tags/list/',
    '/v2/A/tags/list',
    '/v2/a___b/tags/list',
    `/v2/${'a'.repeat(256)}/tags/list`,
  ]
  for (const path of paths) {
    const answer = await request('GET', path)
    t.equal(answer.status, 400, path)
    t.same(codesOf(answer), ['NAME_INVALID'], path)
    t.equal(answer.headers['content-type'], 'application/json', path)
  }
})

t.test('names may hold every word of the API', async (t) => {
  const { request } = await startRegistry(t)
  const names = ['foo/manifests', 'foo/blobs/uploads', 'v2/tags/list', 'a/referrers', 'a/blobs']
  for (const name of names) {
    const tags = await request('GET', `/v2/${name}/tags/list`)
    t.same(codesOf(tags), ['NAME_UNKNOWN'], name)
    t.match(tags.json(), { errors: [{ detail: { name } }] })
    const upload = await request('POST', `/v2/${name}/blobs/uploads/`)
    t.equal(upload.status, 202, name)
    t.match(upload.headers.location, `/v2/${name}/blobs/uploads/`)
    const progress = await request('GET', String(upload.headers.location))
    t.equal(progress.status, 204, name)
  }
  const manifest = await request('GET', '/v2/foo/bar/manifests/manifests/tags')
  t.match(manifest.json(), { errors: [{ code: 'MANIFEST_UNKNOWN', detail: { tag: 'tags' } }] })
})

t.test('references are checked where they stand', async (t) => {
  const { request } = await startRegistry(t)
  const sha512 = `sha512:${'0'.repeat(128)}`
  const cases: readonly (readonly [string, string, number, string])[] = [
    ['GET', '/v2/a/manifests/sha256:bad', 400, 'DIGEST_INVALID'],
    ['PUT', '/v2/a/manifests/sha256:baddigeststring', 400, 'DIGEST_INVALID'],
    ['GET', '/v2/a/blobs/sha256:bad', 400, 'DIGEST_INVALID'],
    ['GET', '/v2/a/blobs/latest', 400, 'DIGEST_INVALID'],
    ['GET', '/v2/a/referrers/sha256:bad', 400, 'DIGEST_INVALID'],
    ['GET', '/v2/a/manifests/-x', 400, 'TAG_INVALID'],
    ['GET', `/v2/a/manifests/${'x'.repeat(129)}`, 400, 'TAG_INVALID'],
    ['GET', `/v2/a/manifests/${'x'.repeat(128)}`, 404, 'MANIFEST_UNKNOWN'],
    ['GET', `/v2/a/manifests/${sha512}`, 404, 'MANIFEST_UNKNOWN'],
    ['GET', `/v2/a/blobs/${sha512}`, 404, 'BLOB_UNKNOWN'],
    ['GET', `/v2/a/blobs/${zeros.replace(':', '%3A')}`, 404, 'BLOB_UNKNOWN'],
    ['GET', '/v2/a/blobs/uploads/x', 404, 'BLOB_UPLOAD_UNKNOWN'],
    ['GET', '/v2/a/blobs/uploads/..%2f', 400, 'NAME_INVALID'],
    ['GET', '/v2/a/b/c', 404, 'NAME_UNKNOWN'],
    ['GET', '/v2/_oci/ext/discover', 404, 'NAME_UNKNOWN'],
  ]
  for (const [method, path, status, code] of cases) {
    const answer = await request(method, path)
    t.equal(answer.status, status, path)
    t.same(codesOf(answer), [code], path)
  }
})

t.test('unknown paths are 404, wrong methods 405 with what is allowed', async (t) => {
  const { request } = await startRegistry(t)
  for (const path of ['/nowhere', '/v1/', '/v3/', '/api/x', '/healthz/x', '/%zz']) {
    const answer = await request('GET', path)
    t.ok([400, 404].includes(answer.status), path)
    t.equal(codesOf(answer).length, 1, path)
  }
  const upload = String((await request('POST', '/v2/a/blobs/uploads/')).headers.location)
  const cases: readonly (readonly [string, string, string])[] = [
    ['POST', '/v2/', 'GET, HEAD'],
    ['DELETE', '/v2/_catalog', 'GET, HEAD'],
    ['PUT', '/v2/a/tags/list', 'GET, HEAD'],
    ['PATCH', '/v2/a/manifests/x', 'GET, HEAD, PUT, DELETE'],
    ['POST', `/v2/a/blobs/${zeros}`, 'GET, HEAD, DELETE'],
    ['DELETE', `/v2/a/referrers/${zeros}`, 'GET, HEAD'],
    ['GET', '/v2/a/blobs/uploads/', 'POST'],
    ['POST', upload, 'GET, HEAD, PUT, PATCH, DELETE'],
    ['OPTIONS', '/v2/', 'GET, HEAD'],
    ['PROPFIND', '/healthz', 'GET, HEAD'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['PUT', '/v1/search?q=a', 'GET, HEAD'],
  ]
  for (const [method, path, allow] of cases) {
    const answer = await request(method, path)
    t.equal(answer.status, 405, `${method} ${path}`)
    t.equal(answer.headers.allow, allow, `${method} ${path}`)
    t.same(codesOf(answer), ['UNSUPPORTED'], `${method} ${path}`)
  }
})

t.test('a HEAD that fails has no body', async (t) => {
  const { request } = await startRegistry(t)
  for (const path of [`/v2/a/blobs/${zeros}`, '/v2/a/manifests/x', '/v2/a/tags/list', '/nowhere']) {
    const answer = await request('HEAD', path)
    t.equal(answer.status, 404, path)
    t.equal(answer.body.length, 0, path)
  }
})

t.test('nothing absolute is made from the Host header', async (t) => {
  const { request } = await startRegistry(t)
  const headers = {
    host: 'evil"<b>/..@x',
    'x-forwarded-host': 'evil',
    'x-forwarded-proto': 'https',
  }
  const answer = await request('POST', '/v2/a/blobs/uploads/', { headers })
  t.match(answer.headers.location, /^\/v2\/a\/blobs\/uploads\/[0-9a-f-]{36}$/)
  t.notMatch(answer.rawHeaders.join('\n'), /evil/)
})

t.test('what the framework refuses by itself has the OCI shape too', async (t) => {
  const { request } = await startRegistry(t)
  const long = await request('GET', `/v2/a/tags/list?last=${'x'.repeat(20_000)}`)
  t.equal(long.status, 431)
  t.equal(codesOf(long).length, 1)
})
