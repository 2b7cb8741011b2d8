import { createHash, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { TLSSocket } from 'node:tls'
import t from 'tap'
import { createClient } from '../../helpers/client.ts'
import { startRegistry } from '../../helpers/registry.ts'
import { makeTestCertificates, secureRequest, shakeHands } from '../../helpers/tls.ts'

/** Everything that comes over a connection until it ends. */
function talk(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('end', () => {
      socket.destroy()
      resolve(Buffer.concat(chunks).toString())
    })
  })
}

for (const workers of ['1', '2']) {
  t.test(`pushes and pulls go over HTTPS with ${workers} processes`, async (t) => {
    const { ca, env } = await makeTestCertificates(t)
    const { port } = await startRegistry(t, {
      env: { ...env, LAYERHOUSE_HTTP_WORKERS: workers },
    })
    const body = randomBytes(3_000_000)
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`
    const begun = await secureRequest(port, '/v2/a/blobs/uploads/', { ca, method: 'POST' })
    t.equal(begun.status, 202)
    t.equal(begun.headers['strict-transport-security'], 'max-age=31536000')
    const location = `${begun.headers['location']}`
    t.notMatch(location, /^http/, 'a link without scheme and host')
    const path = `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`
    const headers = { 'content-length': body.length }
    t.equal((await secureRequest(port, path, { ca, method: 'PUT', body, headers })).status, 201)
    for (let count = 0; count < 4; count++) {
      const pulled = await secureRequest(port, `/v2/a/blobs/${digest}`, { ca })
      t.equal(pulled.status, 200)
      t.ok(Buffer.from(pulled.text, 'latin1').equals(body))
    }
  })
}

t.test(
  'TLS 1.2 and 1.3 are spoken, older ones are not, and the protocol is HTTP/1.1',
  async (t) => {
    const { ca, env } = await makeTestCertificates(t)
    const { port } = await startRegistry(t, { env })
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const versions = { minVersion: version, maxVersion: version }
      const socket = await shakeHands(port, { ca, ...versions, ALPNProtocols: ['h2', 'http/1.1'] })
      if (!(socket instanceof TLSSocket)) throw socket
      t.equal(socket.getProtocol(), version)
      t.equal(socket.alpnProtocol, 'http/1.1')
      socket.destroy()
    }
    const ciphers = 'DEFAULT:@SECLEVEL=0'
    const old = { minVersion: 'TLSv1' as const, maxVersion: 'TLSv1.1' as const, ciphers }
    t.ok((await shakeHands(port, { ca, ...old })) instanceof Error)
  },
)

t.test('the oldest version can be set', async (t) => {
  const { ca, env } = await makeTestCertificates(t)
  const { port } = await startRegistry(t, { env: { ...env, LAYERHOUSE_TLS_MIN_VERSION: 'tls1.3' } })
  t.ok((await shakeHands(port, { ca, maxVersion: 'TLSv1.2' })) instanceof Error)
  t.equal((await secureRequest(port, '/v2/', { ca })).status, 200)
})

t.test('plain HTTP on the port of HTTPS is told what to do', async (t) => {
  const { env } = await makeTestCertificates(t)
  const { port, request } = await startRegistry(t, { env })
  const answer = await request('GET', '/v2/')
  t.equal(answer.status, 400)
  const [error] = answer.json<{ errors: { code: string; message: string }[] }>().errors
  t.equal(error?.code, 'UNSUPPORTED')
  t.match(error?.message, /this port speaks HTTPS.*use https:.*insecure-registries/)
  const big = createClient(port)('PUT', '/v2/a', { body: Buffer.alloc(200_000) })
  t.equal((await big).status, 400, 'a body does not hide the answer')
  t.equal(await talk(port, Buffer.from([0, 1, 2])), '', 'what is neither is closed')
})

t.test('a connection that never says a thing ends after http.headersTimeout', async (t) => {
  const { env } = await makeTestCertificates(t)
  const { port } = await startRegistry(t, {
    env: { ...env, LAYERHOUSE_HTTP_HEADERS_TIMEOUT: '300ms' },
  })
  const begun = performance.now()
  await talk(port, '')
  await talk(port, Buffer.from([0x16, 3, 1]))
  t.ok(performance.now() - begun < 5000)
})

t.test('TLS on a port of plain HTTP leaves a line in the log', async (t) => {
  const { port, log } = await startRegistry(t)
  t.ok((await shakeHands(port, {})) instanceof Error)
  t.ok(log.some(({ msg }) => /speaks TLS to this port/.test(String(msg))))
})

t.test('the authority can be had by everybody, and nothing else in its file', async (t) => {
  const { ca, env } = await makeTestCertificates(t)
  const { port } = await startRegistry(t, { env })
  const answer = await secureRequest(port, '/ca.crt', { ca })
  t.equal(answer.status, 200)
  t.equal(answer.text.trim(), ca.trim())
})

t.test('a file of tls.ca that holds no authority is not given away', async (t) => {
  const { ca, env, files } = await makeTestCertificates(t)
  const { port } = await startRegistry(t, {
    env: { ...env, LAYERHOUSE_TLS_CA: files.certificate },
  })
  const answer = await secureRequest(port, '/ca.crt', { ca })
  t.equal(answer.status, 404)
  t.notMatch(answer.text, /BEGIN/)
})

t.test('a stop ends connections that are not secure yet', async (t) => {
  const { env } = await makeTestCertificates(t)
  const { port, stop } = await startRegistry(t, { env })
  const silent = talk(port, '')
  const begun = talk(port, Buffer.from([0x16, 3, 1]))
  await new Promise((resolve) => setTimeout(resolve, 100))
  await stop()
  t.same(await Promise.all([silent, begun]), ['', ''])
})
