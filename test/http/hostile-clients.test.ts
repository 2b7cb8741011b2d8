import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { pushBlob, randomContent } from '../helpers/push.ts'
import { startRegistry } from '../helpers/registry.ts'
import { openWire, until } from '../helpers/wire.ts'

function openFiles(): number {
  return readdirSync('/proc/self/fd').length
}

t.test('a refused body is not read to its end', async (t) => {
  const { port } = await startRegistry(t)
  const { socket, text, closed } = await openWire(port)
  const length = 50 * 1024 * 1024 * 1024
  socket.write(`PUT /v2/UPPER/manifests/x HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`)
  const chunk = Buffer.alloc(1024 * 1024)
  let accepted = 0
  const pour = () => {
    while (!socket.destroyed && socket.write(chunk)) accepted += chunk.length
  }
  socket.on('drain', pour)
  pour()
  t.ok(await until(() => text().includes('NAME_INVALID')), 'the answer arrives all the same')
  await closed
  t.match(text(), /^HTTP\/1\.1 400 /)
  t.ok(accepted < 64 * 1024 * 1024, `${accepted} bytes were taken`)
})

t.test('a short refused body leaves the connection usable', async (t) => {
  const { port } = await startRegistry(t)
  const { socket, text } = await openWire(port)
  const put = 'PUT /v2/UPPER/manifests/x HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n'
  socket.write(put)
  await until(() => text().includes('NAME_INVALID'))
  socket.write(Buffer.alloc(100_000, 'x'))
  socket.write('GET /v2/ HTTP/1.1\r\nhost: x\r\n\r\n')
  t.ok(await until(() => text().includes('HTTP/1.1 200')))
  socket.destroy()
})

t.test('leave to send is given only when the body is wanted', async (t) => {
  const { port, request } = await startRegistry(t)
  const expectation = 'host: x\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n'
  const refused = await openWire(port)
  refused.socket.write(`PUT /v2/UPPER/manifests/x HTTP/1.1\r\n${expectation}`)
  await until(() => refused.text().includes('NAME_INVALID'))
  t.match(refused.text(), /^HTTP\/1\.1 400 /, 'the verdict comes first')
  refused.socket.destroy()

  const upload = await request('POST', '/v2/a/blobs/uploads/')
  const wanted = await openWire(port)
  wanted.socket.write(`PATCH ${upload.headers.location} HTTP/1.1\r\n${expectation}`)
  t.ok(await until(() => wanted.text().startsWith('HTTP/1.1 100 Continue')))
  wanted.socket.write('abc')
  t.ok(await until(() => wanted.text().includes('HTTP/1.1 202')))
  wanted.socket.destroy()

  const wrong = await openWire(port)
  wrong.socket.write(
    `PATCH ${upload.headers.location} HTTP/1.1\r\ncontent-range: 7-9\r\n${expectation}`,
  )
  t.ok(await until(() => wrong.text().includes('HTTP/1.1 416')))
  t.notMatch(wrong.text(), '100 Continue')
  wrong.socket.destroy()

  const long = await openWire(port)
  const tooLong = expectation.replace('length: 3', `length: ${5 * 1024 * 1024}`)
  long.socket.write(`PUT /v2/a/manifests/v1 HTTP/1.1\r\n${tooLong}`)
  t.ok(await until(() => long.text().includes('SIZE_INVALID')))
  t.match(long.text(), /^HTTP\/1\.1 413 /)
  long.socket.destroy()
})

t.test('pipelined chunks of one upload are written one after the other', async (t) => {
  const { port, request } = await startRegistry(t)
  const blob = randomContent(3 * 200_000)
  const upload = await request('POST', '/v2/a/blobs/uploads/')
  const { socket, text } = await openWire(port)
  for (let n = 0; n < 3; n++) {
    const part = blob.bytes.subarray(n * 200_000, (n + 1) * 200_000)
    socket.write(
      `PATCH ${upload.headers.location} HTTP/1.1\r\nhost: x\r\ncontent-length: ${part.length}\r\n\r\n`,
    )
    socket.write(part)
  }
  t.ok(await until(() => (text().match(/HTTP\/1\.1 202/g) ?? []).length === 3), text())
  socket.destroy()
  const done = await request('PUT', `${upload.headers.location}?digest=${blob.digest}`)
  t.equal(done.status, 201)
})

t.test('of parallel chunks for one place exactly one is taken', async (t) => {
  const { request } = await startRegistry(t)
  const upload = await request('POST', '/v2/a/blobs/uploads/')
  const part = randomContent(100_000)
  const send = () =>
    request('PATCH', String(upload.headers.location), {
      headers: { 'content-range': '0-99999' },
      body: part.bytes,
    })
  const answers = await Promise.all(Array.from({ length: 8 }, send))
  const statuses = answers.map(({ status }) => status).sort()
  t.same(statuses, [202, 416, 416, 416, 416, 416, 416, 416])
  const done = await request('PUT', `${upload.headers.location}?digest=${part.digest}`)
  t.equal(done.status, 201)
})

t.test('a chunk and the end of its upload at once end in one of two ways', async (t) => {
  const { request } = await startRegistry(t)
  for (let round = 0; round < 10; round++) {
    const blob = randomContent(100_000)
    const upload = await request('POST', '/v2/a/blobs/uploads/')
    const location = String(upload.headers.location)
    await request('PATCH', location, { body: blob.bytes })
    const [chunk, end] = await Promise.all([
      request('PATCH', location, { body: 'more' }),
      request('PUT', `${location}?digest=${blob.digest}`),
    ])
    const outcome = [chunk.status, end.status].join()
    t.ok(['404,201', '202,400'].includes(outcome), outcome)
    const stored = await request('GET', `/v2/a/blobs/${blob.digest}`)
    t.equal(stored.status === 200, end.status === 201)
    if (stored.status === 200 && !stored.body.equals(blob.bytes)) t.fail('other bytes')
  }
})

t.test('many clients may push the same blob', async (t) => {
  const { request, root } = await startRegistry(t)
  const blob = randomContent(50_000)
  const names = Array.from({ length: 20 }, (_, n) => `repo${n}`)
  await Promise.all(names.map((name) => pushBlob(request, name, blob)))
  for (const name of names) {
    const get = await request('GET', `/v2/${name}/blobs/${blob.digest}`)
    if (!get.body.equals(blob.bytes)) t.fail(name)
  }
  const files = readdirSync(join(root, 'blobs'), { recursive: true }).filter((name) =>
    String(name).includes(blob.digest.slice('sha256:'.length)),
  )
  t.equal(files.length, 1, 'it is stored once')
})

t.test('a broken PATCH keeps what arrived, a broken PUT nothing', async (t) => {
  const { port, request, log } = await startRegistry(t)
  const upload = await request('POST', '/v2/a/blobs/uploads/')
  const location = String(upload.headers.location)
  const breakOff = async (line: string) => {
    const { socket } = await openWire(port)
    socket.write(`${line} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n`)
    socket.write(Buffer.alloc(600))
    await sleep(100)
    socket.destroy()
    await sleep(100)
  }
  await breakOff(`PUT ${location}?digest=${randomContent().digest}`)
  t.equal((await request('GET', location)).headers.range, '0-0')
  await breakOff(`PATCH ${location}`)
  t.equal((await request('GET', location)).headers.range, '0-599')
  const blob = randomContent(300)
  const rest = await request('PATCH', location, { body: blob.bytes })
  t.equal(rest.headers.range, '0-899')
  const broken = log.filter(({ aborted }) => aborted)
  t.match(broken, [
    { method: 'PUT', status: 499, level: 30 },
    { method: 'PATCH', status: 499, level: 30 },
  ])
  t.same(
    log.filter(({ level }) => Number(level) > 30),
    [],
    'a client that leaves is no failure of the registry',
  )
})

t.test('aborted downloads and HEADs leave nothing open', async (t) => {
  const { port, request } = await startRegistry(t)
  const blob = await pushBlob(request, 'a', randomContent(8 * 1024 * 1024))
  const before = openFiles()
  for (let n = 0; n < 50; n++) {
    const { socket, text } = await openWire(port)
    const range = n % 2 === 0 ? '' : 'range: bytes=0-99,1000-\r\n'
    socket.write(`GET /v2/a/blobs/${blob.digest} HTTP/1.1\r\nhost: x\r\n${range}\r\n`)
    await until(() => text().length > 0)
    socket.destroy()
  }
  for (let n = 0; n < 3; n++) await request('HEAD', `/v2/a/blobs/${blob.digest}`)
  t.ok(await until(() => openFiles() <= before + 1), `${openFiles()} files open, ${before} before`)
})

t.test('what is no HTTP is refused in the OCI shape', async (t) => {
  const { port } = await startRegistry(t)
  for (const line of ['NONSENSE\r\n\r\n', 'GET /v2/ HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n']) {
    const { socket, text, closed } = await openWire(port)
    socket.write(line)
    await closed
    t.match(text(), /^HTTP\/1\.1 400 Bad Request\r\n/)
    t.match(text(), /"errors":\[\{"code":"/)
  }
})

t.test('a client that sends its headers too slowly is let go', async (t) => {
  const { port } = await startRegistry(t, { env: { LAYERHOUSE_HTTP_HEADERS_TIMEOUT: '200ms' } })
  const { socket, text, closed } = await openWire(port)
  socket.write('GET /v2/ HTTP/1.1\r\nhost: x\r\n')
  const drip = setInterval(() => socket.write('x: y\r\n'), 100)
  await closed
  clearInterval(drip)
  t.match(text(), /^HTTP\/1\.1 408 /)
  t.match(text(), /"errors":\[/)
})

t.test('a connection on which nothing moves is cut, one that moves slowly is not', async (t) => {
  const { port, request } = await startRegistry(t, {
    env: { LAYERHOUSE_HTTP_IDLE_TIMEOUT: '400ms' },
  })
  const begin = async () => {
    const upload = await request('POST', '/v2/a/blobs/uploads/')
    const location = String(upload.headers.location)
    const wire = await openWire(port)
    wire.socket.write(`PATCH ${location} HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n`)
    return { ...wire, location }
  }
  const stalled = await begin()
  stalled.socket.write('abc')
  const slow = await begin()
  for (let n = 0; n < 10; n++) {
    slow.socket.write('x')
    await sleep(150)
  }
  t.ok(await until(() => slow.text().includes('HTTP/1.1 202')), 'slow and healthy')
  await stalled.closed
  t.equal((await request('GET', stalled.location)).headers.range, '0-2', 'what came is kept')
  slow.socket.destroy()
})

t.test('each request has one line in the log, without its query', async (t) => {
  const { request, log } = await startRegistry(t)
  const blob = await pushBlob(request, 'team/app', randomContent(300_000))
  await request('GET', `/v2/team/app/blobs/${blob.digest}?token=topsecret`, {
    headers: { authorization: 'Basic dG9wc2VjcmV0', 'user-agent': 'probe/1' },
  })
  await until(() => log.some(({ method }) => method === 'GET'))
  const line = log.find(({ method }) => method === 'GET')
  t.match(line, {
    route: '/v2/{name}/blobs/{digest}',
    repository: 'team/app',
    digest: blob.digest,
    status: 200,
    client: '127.0.0.1',
    agent: 'probe/1',
    ms: Number,
  })
  t.ok(Number(line?.['bytesOut']) > 300_000)
  t.notMatch(JSON.stringify(log), /topsecret|dG9wc2VjcmV0/)
})

t.test('the client address is believed from trusted proxies alone', async (t) => {
  for (const [proxies, client] of [
    ['', '127.0.0.1'],
    ['10.0.0.0/8', '127.0.0.1'],
    ['127.0.0.1', '192.0.2.7'],
  ] as const) {
    const { request, log } = await startRegistry(t, {
      root: t.testdir({}),
      env: proxies === '' ? {} : { LAYERHOUSE_HTTP_TRUSTED_PROXIES: proxies },
    })
    await request('GET', '/v2/', { headers: { 'x-forwarded-for': '192.0.2.7' } })
    await until(() => log.some(({ route }) => route === '/v2/'))
    t.equal(log.find(({ route }) => route === '/v2/')?.['client'], client, proxies)
  }
})
