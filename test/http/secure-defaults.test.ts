import t from 'tap'
import { contentOf, pushBlob } from '../helpers/push.ts'
import { startRegistry } from '../helpers/registry.ts'
import { openWire } from '../helpers/wire.ts'

const everywhere = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}
const nowhere = ['server', 'x-powered-by', 'access-control-allow-origin']

const requests: readonly (readonly [method: string, path: string, status: number])[] = [
  ['GET', '/', 200],
  ['GET', '/healthz', 200],
  ['GET', '/v2/', 200],
  ['GET', '/v2/_catalog', 200],
  ['GET', '/v2/a/tags/list', 404],
  ['GET', '/v2/a/manifests/none', 404],
  ['POST', '/v2/', 405],
  ['GET', '/v2/a/../b/tags/list', 400],
  ['GET', '/nothing/here', 404],
  ['GET', '/%zz', 400],
  ['GET', '/api/v1/nothing', 404],
  ['GET', '/v1/_ping', 200],
  ['OPTIONS', '/v2/', 405],
]

t.test('every answer says that it is not to be sniffed, framed or leaked', async (t) => {
  const { request } = await startRegistry(t)
  const headers = { origin: 'https://evil.example', 'x-forwarded-proto': 'https' }
  for (const [method, path, status] of requests) {
    const answer = await request(method, path, { headers })
    const name = `${method} ${path}`
    t.equal(answer.status, status, name)
    t.match(answer.headers, everywhere, name)
    for (const header of nowhere) t.notOk(header in answer.headers, `${name}: no ${header}`)
    t.notOk('strict-transport-security' in answer.headers, `${name}: a stranger says it is HTTPS`)
    if (status >= 400) t.equal(answer.headers['cache-control'], 'no-store', name)
  }
})

t.test('what is no HTTP is answered with the same headers', async (t) => {
  const { port } = await startRegistry(t)
  const wire = await openWire(port)
  wire.socket.write('no HTTP at all\r\n\r\n')
  await wire.closed
  for (const [name, value] of Object.entries(everywhere)) {
    t.ok(wire.text().includes(`${name}: ${value}`), name)
  }
  t.match(wire.text(), /^HTTP\/1\.1 400 /)
})

t.test('HTTPS that ends at a trusted proxy is HTTPS', async (t) => {
  const { request } = await startRegistry(t, {
    env: { LAYERHOUSE_HTTP_TRUSTED_PROXIES: '127.0.0.1' },
  })
  const over = async (scheme: string) => {
    const answer = await request('GET', '/v2/', { headers: { 'x-forwarded-proto': scheme } })
    return answer.headers['strict-transport-security']
  }
  t.equal(await over('https'), 'max-age=31536000')
  t.equal(await over('http'), undefined)
})

t.test('a blob is bytes to be kept, and nothing to be shown', async (t) => {
  const { request } = await startRegistry(t)
  const page = contentOf('<script>alert(1)</script>')
  await pushBlob(request, 'a', page)
  for (const method of ['GET', 'HEAD']) {
    const { headers } = await request(method, `/v2/a/blobs/${page.digest}`)
    t.match(headers, {
      ...everywhere,
      'content-type': 'application/octet-stream',
      'content-security-policy': "default-src 'none'; sandbox",
      'content-disposition': 'attachment',
      'cache-control': 'private, max-age=31536000, immutable',
      'accept-ranges': 'bytes',
      etag: `"${page.digest}"`,
    })
  }
})

t.test('a header named as a prototype does no harm', async (t) => {
  const { port, request } = await startRegistry(t)
  const wire = await openWire(port)
  const lines = ['__proto__: x', 'constructor: y', 'connection: close']
  wire.socket.write(`GET /v2/ HTTP/1.1\r\nhost: a\r\n${lines.join('\r\n')}\r\n\r\n`)
  await wire.closed
  t.match(wire.text(), /^HTTP\/1\.1 200 /)
  t.equal((await request('GET', '/v2/')).status, 200)
})
