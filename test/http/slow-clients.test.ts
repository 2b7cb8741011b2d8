import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { pushBlob, randomContent } from '../helpers/push.ts'
import { startRegistry, type TestRegistry } from '../helpers/registry.ts'
import { closesWithin, openSlowReader, openWire, until } from '../helpers/wire.ts'

const MiB = 1024 * 1024

/**
 * Bytes a second of a client that never stands still. A kernel whose buffer was full takes more only
 * when a sixteenth of the buffer is free again, which at a lower rate takes longer than the limits here.
 */
const steady = 1_000_000

/** For tests of downloads. */
const linux = existsSync('/proc/net/tcp')
  ? {}
  : { skip: 'only Linux tells what the peer of a connection has taken' }

// Nearly all the time is waiting.
t.jobs = 4

function limits(idleTimeout: string, minRate: string, minRateWindow = '1s') {
  return {
    env: {
      LAYERHOUSE_HTTP_IDLE_TIMEOUT: idleTimeout,
      LAYERHOUSE_HTTP_MIN_RATE: minRate,
      LAYERHOUSE_HTTP_MIN_RATE_WINDOW: minRateWindow,
    },
  }
}

/** What was logged of clients that were too slow. */
function letGo({ log }: TestRegistry): readonly Record<string, unknown>[] {
  return log.filter(({ msg }) => String(msg).includes('too slow'))
}

async function beginUpload({ request }: TestRegistry): Promise<string> {
  const { headers } = await request('POST', '/v2/a/blobs/uploads/')
  return String(headers.location)
}

/** Sends a request line and headers, then a byte every 100 ms until the connection ends. */
async function trickle(port: number, requestLine: string) {
  const wire = await openWire(port)
  wire.socket.write(`${requestLine} HTTP/1.1\r\nhost: x\r\ncontent-length: 5000\r\n\r\n`)
  const timer = setInterval(() => wire.socket.write('x'), 100)
  wire.socket.once('close', () => clearInterval(timer))
  return wire
}

t.test(
  'a download read slowly through full buffers is not cut; one that stops is',
  linux,
  async (t) => {
    const registry = await startRegistry(t, limits('2s', '50KiB'))
    const { digest } = await pushBlob(registry.request, 'a', randomContent(64 * MiB))
    const slow = await openSlowReader(registry.port, `/v2/a/blobs/${digest}`)
    slow.pace(steady)
    await sleep(8000)
    t.ok(slow.read() > 4 * steady, `${slow.read()} bytes were read`)
    t.same(letGo(registry), [])
    slow.pace(0)
    t.ok(await until(() => letGo(registry).length === 1, 5000))
    slow.socket.destroy()
  },
)

t.test('a download below the rate is cut, though it moves', linux, async (t) => {
  const registry = await startRegistry(t, limits('0s', '50KiB'))
  const { digest } = await pushBlob(registry.request, 'a', randomContent(16 * MiB))
  const path = `/v2/a/blobs/${digest}`
  const [crawling, slow] = [
    await openSlowReader(registry.port, path),
    await openSlowReader(registry.port, path),
  ]
  crawling.pace(10_000)
  slow.pace(200_000)
  t.ok(await until(() => letGo(registry).length > 0, 12_000))
  t.match(letGo(registry), [{ limit: 'http.minRate', rate: Number, allowed: 50 * 1024 }])
  await sleep(2000)
  t.equal(letGo(registry).length, 1, 'a faster one is not')
  t.notOk(slow.socket.destroyed)
  crawling.socket.destroy()
  slow.socket.destroy()
})

t.test('with no rate to keep, a download is cut only when it stands still', linux, async (t) => {
  const registry = await startRegistry(t, limits('2s', '0B'))
  const { digest } = await pushBlob(registry.request, 'a', randomContent(64 * MiB))
  const slow = await openSlowReader(registry.port, `/v2/a/blobs/${digest}`)
  slow.pace(steady)
  await sleep(5000)
  t.same(letGo(registry), [])
  slow.pace(0)
  t.ok(await until(() => letGo(registry).length === 1, 6000))
  t.match(letGo(registry), [
    { limit: 'http.idleTimeout', allowed: 2000, client: '127.0.0.1', method: 'GET', level: 30 },
  ])
  slow.socket.destroy()
})

t.test('an upload that trickles is answered 408, and can go on from there', async (t) => {
  const registry = await startRegistry(t, limits('0s', '1KiB'))
  const { port, request } = registry
  const location = await beginUpload(registry)
  const wire = await trickle(port, `PATCH ${location}`)
  t.ok(await closesWithin(wire, 6000))
  t.match(wire.text(), /^HTTP\/1\.1 408 .*\r\nconnection: close\r\n.*"code":"SIZE_INVALID"/is)
  t.match(letGo(registry), [
    { limit: 'http.minRate', rate: Number, allowed: 1024, client: '127.0.0.1', level: 30 },
  ])
  const last = Number(/^0-(\d+)$/.exec((await request('GET', location)).headers.range ?? '')?.[1])
  t.ok(last > 3, `${last + 1} bytes were kept`)
  const rest = await request('PATCH', location, {
    headers: { 'content-range': `${last + 1}-${last + 4}` },
    body: 'rest',
  })
  t.equal(rest.status, 202)
})

t.test('other bodies that trickle are answered 408 and change nothing', async (t) => {
  const registry = await startRegistry(t, limits('0s', '1KiB'))
  const { port, request } = registry
  const location = await beginUpload(registry)
  const { digest } = randomContent()
  const wires = await Promise.all([
    trickle(port, `PUT ${location}?digest=${digest}`),
    trickle(port, `POST /v2/b/blobs/uploads/?digest=${digest}`),
    trickle(port, 'PUT /v2/b/manifests/v1'),
  ])
  for (const wire of wires) {
    t.ok(await closesWithin(wire, 6000))
    t.match(wire.text(), /^HTTP\/1\.1 408 .*"errors":\[/s)
  }
  t.equal((await request('GET', location)).headers.range, '0-0')
  t.equal((await request('GET', '/v2/b/tags/list')).status, 404)
})

t.test('an upload that stops is answered 408 after the idle time', async (t) => {
  const registry = await startRegistry(t, limits('1s', '0B'))
  const location = await beginUpload(registry)
  const wire = await openWire(registry.port)
  wire.socket.write(`PATCH ${location} HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc`)
  t.notOk(await closesWithin(wire, 700), 'it has its time')
  t.ok(await closesWithin(wire, 5000))
  t.match(wire.text(), /^HTTP\/1\.1 408 /)
  t.equal((await registry.request('GET', location)).headers.range, '0-2')
})

t.test('time that an upload waits for its turn does not count against its client', async (t) => {
  const registry = await startRegistry(t, limits('500ms', '1KiB'))
  const location = await beginUpload(registry)
  const first = await openWire(registry.port)
  first.socket.write(`PATCH ${location} HTTP/1.1\r\nhost: x\r\ncontent-length: 15000\r\n\r\n`)
  // Connections may be answered by several processes, whose order is that of whole requests.
  await sleep(200)
  const second = await openWire(registry.port)
  const patch = `PATCH ${location} HTTP/1.1\r\nhost: x\r\n`
  second.socket.write(`${patch}content-length: 3\r\nexpect: 100-continue\r\n\r\n`)
  for (let n = 0; n < 15; n++) {
    await sleep(200)
    first.socket.write(Buffer.alloc(1000))
  }
  t.ok(await until(() => first.text().startsWith('HTTP/1.1 202')), first.text())
  t.ok(await until(() => second.text().startsWith('HTTP/1.1 100')), second.text())
  second.socket.write('abc')
  t.ok(await until(() => second.text().includes('HTTP/1.1 202')), second.text())
  t.same(letGo(registry), [])
  first.socket.destroy()
  second.socket.destroy()
})

t.test('0 switches both limits off', async (t) => {
  const registry = await startRegistry(t, limits('0s', '0B'))
  const location = await beginUpload(registry)
  const wire = await openWire(registry.port)
  wire.socket.write(`PATCH ${location} HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nabc`)
  t.notOk(await closesWithin(wire, 2500))
  wire.socket.write('d')
  t.ok(await until(() => wire.text().startsWith('HTTP/1.1 202')))
  wire.socket.destroy()
})

t.test('a connection without a request has its own limits', async (t) => {
  const { port } = await startRegistry(t, {
    env: { LAYERHOUSE_HTTP_KEEP_ALIVE_TIMEOUT: '300ms', LAYERHOUSE_HTTP_HEADERS_TIMEOUT: '300ms' },
  })
  const silent = await openWire(port)
  const served = await openWire(port)
  served.socket.write('GET /v2/ HTTP/1.1\r\nhost: x\r\n\r\n')
  await until(() => served.text().includes('HTTP/1.1 200'))
  t.ok(await closesWithin(served, 2500), 'one that was served and asks no more')
  t.ok(await closesWithin(silent, 5000), 'one that never sent a byte')
})
