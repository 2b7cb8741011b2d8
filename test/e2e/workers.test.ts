import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import t from 'tap'
import { beginUpload, endUpload, pushBlob } from '../helpers/e2e/blob.ts'
import { within } from '../helpers/e2e/daemon.ts'
import { sha256 } from '../helpers/e2e/digest.ts'
import { childrenOf } from '../helpers/e2e/procfs.ts'
import { type Registry, startRegistry } from '../helpers/e2e/registry.ts'
import type { Scope } from '../helpers/e2e/scope.ts'
import { openDownload, openUpload, readSlowly } from '../helpers/e2e/transfer.ts'
import { openWire } from '../helpers/wire.ts'

t.setTimeout(120_000)

const mebibyte = 1 << 20
const at = (registry: Registry) => ({ address: `${registry.url}/v2/team/app` })

/** A registry of three processes that all answer. */
async function start(t: Scope): Promise<{ registry: Registry; workers: readonly number[] }> {
  const registry = await startRegistry(t, { env: { LAYERHOUSE_HTTP_WORKERS: '3' } })
  return { registry, workers: await workersOf(registry) }
}

/** Waits until all have answered: a new connection goes to whoever has the fewest. */
async function workersOf(registry: Registry): Promise<readonly number[]> {
  const port = Number(new URL(registry.url).port)
  const answering = async () => {
    const wires = await Promise.all(Array.from({ length: 3 }, () => openWire(port)))
    for (const { socket } of wires) socket.write('GET /v2/_catalog HTTP/1.1\r\nhost: x\r\n\r\n')
    const all = await within(1000, async () => wires.every((wire) => wire.text() !== ''))
    for (const { socket } of wires) socket.destroy()
    const names = registry.log().match(/"reqId":"w\d+-/g) ?? []
    return all && new Set(names).size >= 2
  }
  if (!(await within(20_000, answering))) throw new Error('the workers do not answer')
  return childrenOf(registry.pid())
}

/** The bytes that an answer tells of; `0-0` is told of none. */
function keptOf(answer: Response): number {
  const last = Number(answer.headers.get('range')?.split('-')[1])
  return last === 0 ? 0 : last + 1
}

await t.test('a worker that is killed is replaced, and the others answer meanwhile', async (t) => {
  const { registry, workers } = await start(t)
  t.equal(workers.length, 2)
  const content = randomBytes(mebibyte)
  const digest = await pushBlob(at(registry), content)
  for (const worker of workers) process.kill(worker, 'SIGKILL')
  const statuses = new Set<number>()
  const healed = await within(20_000, async () => {
    // A connection of a worker that was killed is broken; whoever connects again is answered.
    const answer = await fetch(`${at(registry).address}/blobs/${digest}`).catch(() => undefined)
    if (answer) statuses.add(answer.status)
    const now = await childrenOf(registry.pid())
    return now.length === 2 && now.every((worker) => !workers.includes(worker))
  })
  t.ok(healed)
  t.same([...statuses], [200])
  t.match(registry.log(), /"reason":"SIGKILL","msg":"a worker ended; another one is started"/)
})

await t.test('an upload goes on when the worker that took it is killed', async (t) => {
  const { registry, workers } = await start(t)
  const content = randomBytes(8 * mebibyte)
  const part = content.subarray(0, 3 * mebibyte)
  // One to each process, so that one at least is a worker's.
  const locations = await Promise.all([1, 2, 3].map(() => beginUpload(at(registry))))
  const uploads = await Promise.all(
    locations.map((location) => openUpload('PATCH', location, part, content.length)),
  )
  t.ok(await within(5000, async () => (await registry.uploadedBytes()) >= 3 * mebibyte))
  for (const worker of workers) process.kill(worker, 'SIGKILL')
  for (const upload of uploads) upload.destroy()
  for (const location of locations) {
    let rest = await fetch(location)
    // What had come is still being written, perhaps: then the refusal tells where to go on.
    do {
      const kept = keptOf(rest)
      rest = await fetch(location, {
        method: 'PATCH',
        headers: { 'content-range': `${kept}-${content.length - 1}` },
        body: content.subarray(kept),
      })
      t.comment(`${kept} bytes were kept: ${rest.status}`)
    } while (rest.status === 416)
    t.equal(rest.status, 202)
    await endUpload(new URL(rest.headers.get('location') ?? '', registry.url).href, sha256(content))
  }
})

await t.test('workers end with the process that started them, however that ends', async (t) => {
  const { registry, workers } = await start(t)
  const gone = (pids: readonly number[]) =>
    within(2000, async () => pids.every((pid) => !existsSync(`/proc/${pid}/fd/0`)))
  await registry.kill()
  t.ok(await gone(workers), 'after kill -9')
  await registry.start()
  const again = await workersOf(registry)
  t.same(await registry.stop(), { code: 0, signal: null })
  t.ok(await gone(again), 'after SIGTERM')
})

await t.test('SIGTERM lets downloads of all processes finish', async (t) => {
  const { registry } = await start(t)
  const digest = await pushBlob(at(registry), randomBytes(64 * mebibyte))
  const bodies = await Promise.all(
    [1, 2, 3].map(() => openDownload(`${at(registry).address}/blobs/${digest}`)),
  )
  const reading = bodies.map((body) => readSlowly(body, 24 * mebibyte))
  registry.signal('SIGTERM')
  for (const read of reading) t.same(await read, { digest, complete: true })
  t.same(await registry.exited(), { code: 0, signal: null })
})

await t.test(
  'a worker that hangs keeps the registry from its end no longer than it may',
  async (t) => {
    const env = { LAYERHOUSE_HTTP_WORKERS: '3', LAYERHOUSE_HTTP_DRAIN_TIMEOUT: '1s' }
    const registry = await startRegistry(t, { env })
    const [hanging] = await workersOf(registry)
    process.kill(Number(hanging), 'SIGSTOP')
    const before = performance.now()
    registry.signal('SIGTERM')
    t.same(await registry.exited(), { code: 0, signal: null })
    t.ok(performance.now() - before < 10_000)
    t.notOk(existsSync(`/proc/${hanging}/fd/0`))
  },
)
