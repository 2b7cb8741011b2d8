import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { randomContent } from '../helpers/push.ts'
import { startRegistry, type TestRegistry } from '../helpers/registry.ts'
import { closesWithin, openWire, until } from '../helpers/wire.ts'

// Nearly all the time is waiting.
t.jobs = 4

async function beginUpload({ request }: TestRegistry): Promise<string> {
  const { headers } = await request('POST', '/v2/a/blobs/uploads/')
  return String(headers.location)
}

/** Sends the beginning of a body of 10,000 bytes, and waits until it is being read. */
async function stall(port: number, requestLine: string, part: string) {
  const wire = await openWire(port)
  wire.socket.write(`${requestLine} HTTP/1.1\r\nhost: x\r\ncontent-length: 10000\r\n\r\n${part}`)
  await sleep(200)
  return wire
}

async function timed<T>(work: Promise<T>): Promise<readonly [T, milliseconds: number]> {
  const begin = performance.now()
  return [await work, performance.now() - begin]
}

for (const method of ['PATCH', 'PUT']) {
  t.test(`cancelling an upload ends a ${method} of it that stands still`, async (t) => {
    const registry = await startRegistry(t)
    const { port, request } = registry
    const location = await beginUpload(registry)
    const query = method === 'PUT' ? `?digest=${randomContent().digest}` : ''
    const holder = await stall(port, `${method} ${location}${query}`, 'abc')
    const inLine = await stall(port, `${method} ${location}${query}`, 'def')
    const [cancel, ms] = await timed(request('DELETE', location))
    t.equal(cancel.status, 204)
    t.ok(ms < 1000, `after ${ms} ms`)
    for (const wire of [holder, inLine]) {
      t.ok(await until(() => wire.text().includes('BLOB_UPLOAD_UNKNOWN')), wire.text())
      t.match(wire.text(), /^HTTP\/1\.1 404 /)
      t.ok(await closesWithin(wire, 5000))
    }
    t.equal((await request('GET', location)).status, 404)
  })
}

t.test('a cancel that is refused ends nothing', async (t) => {
  const registry = await startRegistry(t)
  const location = await beginUpload(registry)
  const wire = await openWire(registry.port)
  wire.socket.write(`PATCH ${location} HTTP/1.1\r\nhost: x\r\ncontent-length: 6\r\n\r\nabc`)
  await sleep(100)
  const elsewhere = registry.request('DELETE', location.replace('/v2/a/', '/v2/b/'))
  await sleep(300)
  wire.socket.write('def')
  t.ok(await until(() => wire.text().includes('HTTP/1.1 202')), wire.text())
  t.equal((await elsewhere).status, 404)
  wire.socket.destroy()
})

t.test(
  'a cancel pipelined behind a chunk, and a chunk behind a cancel, keep their order',
  async (t) => {
    const registry = await startRegistry(t)
    const location = await beginUpload(registry)
    const { socket, text } = await openWire(registry.port)
    const patch = `PATCH ${location} HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\n`
    const chunk = Buffer.alloc(200_000)
    socket.write(Buffer.concat([Buffer.from(patch), chunk]))
    socket.write(`DELETE ${location} HTTP/1.1\r\nhost: x\r\n\r\n`)
    socket.write(Buffer.concat([Buffer.from(patch), chunk]))
    const statuses = () => text().match(/(?<=HTTP\/1\.1 )\d+/g) ?? []
    t.ok(await until(() => statuses().length === 3))
    t.same(statuses(), ['202', '204', '404'])
    socket.destroy()
  },
)

t.test('a client that comes back on a new connection goes on where it was', async (t) => {
  const registry = await startRegistry(t)
  const { port, request } = registry
  const location = await beginUpload(registry)
  const dead = await stall(port, `PATCH ${location}`, 'abc')
  const [progress, ms] = await timed(request('GET', location))
  t.equal(progress.status, 204)
  t.equal(progress.headers.range, '0-2', 'what will be kept is told')
  t.ok(ms > 3000 && ms < 8000, `the old connection had its time: ${ms} ms`)
  t.match(dead.text(), /^HTTP\/1\.1 408 /)
  const next = await request('PATCH', location, {
    headers: { 'content-range': '3-5' },
    body: 'def',
  })
  t.equal(next.status, 202)
  t.equal(next.headers.range, '0-5')
})

t.test('a repeated PUT does not wait for the connection that died', async (t) => {
  const registry = await startRegistry(t)
  const location = await beginUpload(registry)
  const blob = randomContent(1000)
  const put = `${location}?digest=${blob.digest}`
  const dead = await stall(registry.port, `PUT ${put}`, blob.bytes.toString('latin1', 0, 500))
  const [again, ms] = await timed(registry.request('PUT', put, { body: blob.bytes }))
  t.equal(again.status, 201, 'nothing of the first is left')
  t.ok(ms < 8000, `${ms} ms`)
  t.match(dead.text(), /^HTTP\/1\.1 408 /)
})

t.test('a body that moves is not ended by others, who wait their turn or are told', async (t) => {
  const registry = await startRegistry(t)
  const { port, request } = registry
  const location = await beginUpload(registry)
  const slow = await stall(port, `PATCH ${location}`, '')
  const drip = setInterval(() => slow.socket.write(Buffer.alloc(1000)), 600)
  const second = request('PATCH', location, {
    headers: { 'content-range': '10000-10002' },
    body: 'abc',
  })
  const [progress, ms] = await timed(request('GET', location))
  t.equal(progress.status, 204)
  t.ok(ms < 2000, `asking how far it is does not wait for the end: ${ms} ms`)
  t.ok(await until(() => slow.text().includes('HTTP/1.1 202'), 12_000), slow.text())
  clearInterval(drip)
  t.equal((await second).headers.range, '0-10002')
  slow.socket.destroy()
})

t.test(
  'an upload whose body stands still expires, whatever the limits of connections',
  async (t) => {
    const registry = await startRegistry(t, {
      env: {
        LAYERHOUSE_HTTP_IDLE_TIMEOUT: '0s',
        LAYERHOUSE_HTTP_MIN_RATE: '0B',
        LAYERHOUSE_UPLOADS_EXPIRE_AFTER: '1s',
      },
    })
    const location = await beginUpload(registry)
    const wire = await stall(registry.port, `PATCH ${location}`, 'abc')
    const moving = await stall(registry.port, `PATCH ${await beginUpload(registry)}`, 'abc')
    const drip = setInterval(() => moving.socket.write('x'), 200)
    await registry.housekeeping.sweep()
    await sleep(1500)
    await registry.housekeeping.sweep()
    t.ok(await until(() => wire.text().startsWith('HTTP/1.1 408 ')), wire.text())
    await sleep(1500)
    await registry.housekeeping.sweep()
    t.equal((await registry.request('GET', location)).status, 404)
    t.equal(moving.text(), '')
    clearInterval(drip)
    moving.socket.destroy()
  },
)
