import t, { type Test } from 'tap'
import { digestOf } from '../../src/oci/digest.ts'
import { noise } from '../helpers/bytes.ts'
import { startRegistry, type TestRegistry } from '../helpers/registry.ts'
import { openWire, until, type Wire } from '../helpers/wire.ts'

t.setTimeout(120_000)

const processes = 3

async function start(t: Test): Promise<TestRegistry> {
  return startRegistry(t, { env: { LAYERHOUSE_HTTP_WORKERS: String(processes) } })
}

/** One connection to each process, for they are dealt out evenly. */
function openAll({ port }: TestRegistry): Promise<Wire[]> {
  return Promise.all(Array.from({ length: processes }, () => openWire(port)))
}

interface Ask {
  readonly headers?: readonly string[]
  readonly body?: string | Buffer
}

/** Asks on a connection, which can serve one such request at a time; gives the answer as text. */
async function ask(
  wire: Wire,
  line: string,
  { headers = [], body = '' }: Ask = {},
): Promise<string> {
  const before = wire.text().length
  const length = `content-length: ${body.length}`
  wire.socket.write(`${[`${line} HTTP/1.1`, 'host: x', length, ...headers].join('\r\n')}\r\n\r\n`)
  if (body.length > 0) wire.socket.write(body)
  await until(() => wire.text().slice(before).includes('\r\n\r\n'))
  return wire.text().slice(before)
}

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])
}

function locationOf(answer: string): string {
  return /^location: (\S+)/im.exec(answer)?.[1] ?? ''
}

t.test('each process answers, and its requests have ids of their own', async (t) => {
  const registry = await start(t)
  const wires = await openAll(registry)
  for (const wire of [...wires, ...wires]) t.equal(statusOf(await ask(wire, 'GET /v2/')), 200)
  const answered = () => registry.log.filter(({ msg }) => msg === 'request')
  await until(() => answered().length === 6)
  const ids = answered().map(({ reqId }) => String(reqId))
  t.equal(new Set(ids).size, 6)
  t.same([...new Set(ids.map((id) => id.split('-')[0]))].sort(), ['req', 'w1', 'w2'])
})

t.test('what one process has acknowledged all others have', async (t) => {
  const registry = await start(t)
  const wires = await openAll(registry)
  for (let n = 0; n < 60; n++) {
    const writer = wires[n % processes] as Wire
    const body = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [],
      annotations: { n: String(n) },
    })
    const headers = ['content-type: application/vnd.oci.image.index.v1+json']
    t.equal(statusOf(await ask(writer, 'PUT /v2/a/manifests/v1', { headers, body })), 201)
    const digest = digestOf(Buffer.from(body))
    const answers = await Promise.all(wires.map((wire) => ask(wire, 'HEAD /v2/a/manifests/v1')))
    t.ok(answers.every((answer) => answer.includes(digest)))
  }
})

t.test('an upload goes on from process to process', async (t) => {
  const registry = await start(t)
  const wires = await openAll(registry)
  const content = noise(900_000)
  const digest = digestOf(content)
  const third = content.length / 3
  const location = locationOf(await ask(wires[0] as Wire, 'POST /v2/a/blobs/uploads/'))
  for (const [index, wire] of wires.entries()) {
    const part = content.subarray(index * third, (index + 1) * third)
    t.equal(statusOf(await ask(wire, `PATCH ${location}`, { body: part })), 202)
    const told = await ask(wires[(index + 1) % processes] as Wire, `GET ${location}`)
    t.match(told, new RegExp(`range: 0-${(index + 1) * third - 1}\r`, 'i'))
  }
  t.equal(statusOf(await ask(wires[0] as Wire, `PUT ${location}?digest=${digest}`)), 201)
  const read = await registry.request('GET', `/v2/a/blobs/${digest}`)
  t.ok(read.body.equals(content))
})

t.test('of chunks for one place, sent to several processes at once, one is taken', async (t) => {
  const registry = await start(t)
  const wires = await openAll(registry)
  for (let n = 0; n < 20; n++) {
    const location = locationOf(
      await ask(wires[n % processes] as Wire, 'POST /v2/a/blobs/uploads/'),
    )
    const chunk = { headers: ['content-range: 0-4'], body: 'hello' }
    const answers = await Promise.all(wires.map((wire) => ask(wire, `PATCH ${location}`, chunk)))
    t.same(answers.map(statusOf).sort(), [202, 416, 416])
    t.match((await registry.request('GET', location)).headers, { range: '0-4' })
  }
})

t.test('a body that comes to one process is ended by a removal that came to another', async (t) => {
  const registry = await start(t)
  const [first, second, third] = (await openAll(registry)) as [Wire, Wire, Wire]
  const location = locationOf(await ask(third, 'POST /v2/a/blobs/uploads/'))
  first.socket.write(`PATCH ${location} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nbegun`)
  await until(() => false, 200)
  const elsewhere = ask(second, `DELETE ${location.replace('/a/', '/b/')}`)
  await until(() => false, 300)
  t.equal(first.text(), '', 'through another repository nothing is ended')
  t.equal(statusOf(await ask(third, `DELETE ${location}`)), 204)
  t.equal(statusOf(await elsewhere), 404)
  await until(() => first.text() !== '')
  t.match(first.text(), /^HTTP\/1\.1 404 .*BLOB_UPLOAD_UNKNOWN/s)
  t.equal(statusOf(await ask(third, `GET ${location}`)), 404)
})

t.test('a body that stands still in one process gives way to the next in another', async (t) => {
  const registry = await start(t)
  const [first, second, third] = (await openAll(registry)) as [Wire, Wire, Wire]
  const location = locationOf(await ask(third, 'POST /v2/a/blobs/uploads/'))
  first.socket.write(`PATCH ${location} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nbegun`)
  await until(() => false, 200)
  const before = performance.now()
  const rest = ask(second, `PATCH ${location}`, { headers: ['content-range: 5-8'], body: 'rest' })
  await until(() => second.text() !== '', 15_000)
  t.equal(statusOf(second.text()), 202)
  await rest
  const waited = performance.now() - before
  t.ok(waited > 4000 && waited < 8000, `after ${Math.round(waited)} ms`)
  t.match(first.text(), /^HTTP\/1\.1 408 /)
})
