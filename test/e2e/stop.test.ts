import { randomBytes } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { beginUpload, pushBlob } from '../helpers/e2e/blob.ts'
import { within } from '../helpers/e2e/daemon.ts'
import { type Registry, startRegistry } from '../helpers/e2e/registry.ts'
import { openDownload, openUpload, readSlowly } from '../helpers/e2e/transfer.ts'

t.setTimeout(60_000)

const mebibyte = 1 << 20
const at = (registry: Registry) => ({ address: `${registry.url}/v2/team/app` })

/** The status of a new request on a connection of its own; `undefined` if there is none. */
function statusOf(url: string): Promise<number | undefined> {
  return fetch(url, { headers: { connection: 'close' } }).then(
    ({ status }) => status,
    () => undefined,
  )
}

await t.test('while a download finishes, probes say so and new work is refused', async (t) => {
  const registry = await startRegistry(t)
  const digest = await pushBlob(at(registry), randomBytes(64 * mebibyte))
  const body = await openDownload(`${at(registry).address}/blobs/${digest}`)
  registry.signal('SIGTERM')
  t.ok(await within(1000, async () => (await statusOf(`${registry.url}/readyz`)) === 503))
  t.equal(await statusOf(`${registry.url}/healthz`), 200)
  const refused = await fetch(`${at(registry).address}/tags/list`)
  t.equal(refused.status, 503)
  t.equal(refused.headers.get('retry-after'), '1')
  t.match(await refused.json(), { errors: [{ code: 'UNAVAILABLE', message: /is stopping; try/ }] })
  t.same(await readSlowly(body, 48 * mebibyte), { digest, complete: true })
  t.same(await registry.exited(), { code: 0, signal: null })
})

await t.test('for http.drainDelay all is served, and /readyz tells', async (t) => {
  const registry = await startRegistry(t, { env: { LAYERHOUSE_HTTP_DRAIN_DELAY: '2s' } })
  registry.signal('SIGTERM')
  t.ok(await within(1000, async () => (await statusOf(`${registry.url}/readyz`)) === 503))
  t.ok(await pushBlob(at(registry), randomBytes(1000)), 'a push still goes through')
  t.same(await registry.exited(), { code: 0, signal: null })
})

await t.test('an idle registry stops at once and leaves its log emptied', async (t) => {
  const registry = await startRegistry(t)
  await pushBlob(at(registry), randomBytes(1000))
  const begin = performance.now()
  t.same(await registry.stop(), { code: 0, signal: null })
  t.ok(performance.now() - begin < 1500, 'within a second or so')
  const wal = join(registry.root, 'metadata.db-wal')
  t.ok(!existsSync(wal) || statSync(wal).size === 0, 'the WAL is in the database')
})

await t.test('an upload that stalls is ended at the deadline', async (t) => {
  const registry = await startRegistry(t, { env: { LAYERHOUSE_HTTP_DRAIN_TIMEOUT: '1s' } })
  const location = await beginUpload(at(registry))
  const upload = await openUpload('PATCH', location, randomBytes(1000), 2000)
  upload.on('error', () => undefined)
  t.ok(await within(2000, async () => (await registry.uploads()).length === 1))
  const begin = performance.now()
  registry.signal('SIGTERM')
  t.same(await registry.exited(), { code: 0, signal: null })
  const seconds = (performance.now() - begin) / 1000
  t.ok(seconds > 0.9 && seconds < 3, `${seconds.toFixed(1)} s`)
  upload.destroy()
})

await t.test('a second signal ends it at once, and it starts again', async (t) => {
  const registry = await startRegistry(t)
  const digest = await pushBlob(at(registry), randomBytes(64 * mebibyte))
  const body = await openDownload(`${at(registry).address}/blobs/${digest}`)
  body.on('error', () => undefined)
  registry.signal('SIGTERM')
  t.ok(await within(1000, async () => (await statusOf(`${registry.url}/readyz`)) === 503))
  const begin = performance.now()
  registry.signal('SIGINT')
  t.same(await registry.exited(), { code: 1, signal: null })
  t.ok(performance.now() - begin < 1000)
  body.destroy()
  await registry.start()
  t.equal(await statusOf(`${at(registry).address}/blobs/${digest}`), 200)
})
