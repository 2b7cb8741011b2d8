import { randomBytes } from 'node:crypto'
import t from 'tap'
import { beginUpload, endUpload, pushBlob } from '../helpers/e2e/blob.ts'
import { within } from '../helpers/e2e/daemon.ts'
import { sha256 } from '../helpers/e2e/digest.ts'
import { type Registry, startRegistry } from '../helpers/e2e/registry.ts'
import { openDownload, openUpload, readSlowly } from '../helpers/e2e/transfer.ts'

t.setTimeout(120_000)

const mebibyte = 1 << 20
const at = (registry: Registry) => ({ address: `${registry.url}/v2/team/app` })

await t.test('SIGTERM lets a slow download finish', async (t) => {
  const registry = await startRegistry(t)
  const content = randomBytes(64 * mebibyte)
  const digest = await pushBlob(at(registry), content)
  const body = await openDownload(`${at(registry).address}/blobs/${digest}`)
  const reading = readSlowly(body, 24 * mebibyte)
  registry.signal('SIGTERM')
  const refused = () =>
    fetch(`${registry.url}/v2/`).then(
      ({ status }) => status === 503,
      () => true,
    )
  t.ok(await within(1_000, refused), 'nothing new is begun')
  t.same(await reading, { digest, complete: true })
  t.same(await registry.exited(), { code: 0, signal: null })
})

await t.test('a stalled download keeps the process no longer than the drain time', async (t) => {
  const registry = await startRegistry(t, { env: { LAYERHOUSE_HTTP_DRAIN_TIMEOUT: '2s' } })
  const digest = await pushBlob(at(registry), randomBytes(64 * mebibyte))
  const body = await openDownload(`${at(registry).address}/blobs/${digest}`)
  body.on('error', () => undefined)
  const begin = performance.now()
  registry.signal('SIGTERM')
  t.same(await registry.exited(), { code: 0, signal: null })
  const seconds = (performance.now() - begin) / 1000
  t.ok(seconds >= 1.5, `it was given its time: ${seconds.toFixed(1)} s`)
  t.ok(seconds < 5, `and no more: ${seconds.toFixed(1)} s`)
  body.destroy()
})

await t.test('what was pushed is there after a restart and after kill -9', async (t) => {
  const registry = await startRegistry(t)
  const content = randomBytes(mebibyte)
  const digest = await pushBlob(at(registry), content)
  const read = async () => {
    const answer = await fetch(`${at(registry).address}/blobs/${digest}`)
    return sha256(Buffer.from(await answer.arrayBuffer()))
  }
  t.same(await registry.stop(), { code: 0, signal: null })
  await registry.start()
  t.equal(await read(), digest)
  const late = randomBytes(mebibyte)
  const lateDigest = await pushBlob(at(registry), late)
  await registry.kill()
  await registry.start()
  t.equal(await read(), digest)
  t.equal((await fetch(`${at(registry).address}/blobs/${lateDigest}`)).status, 200)
})

/** How far an upload is by its own account, and where it goes on. */
async function progress(location: string): Promise<{ size: number; next: string }> {
  const answer = await fetch(location)
  const last = /^0-(\d+)$/.exec(answer.headers.get('range') ?? '')?.[1]
  if (answer.status !== 204 || last === undefined) {
    throw new Error(`status of the upload: ${answer.status} ${answer.headers.get('range')}`)
  }
  return {
    size: Number(last) + 1,
    next: new URL(answer.headers.get('location') ?? '', location).href,
  }
}

async function patch(location: string, content: Buffer, from: number): Promise<string> {
  const answer = await fetch(location, {
    method: 'PATCH',
    headers: {
      'content-type': 'application/octet-stream',
      'content-range': `${from}-${content.length - 1}`,
    },
    body: new Uint8Array(content.subarray(from)),
  })
  if (answer.status !== 202) throw new Error(`PATCH was answered ${answer.status}`)
  return new URL(answer.headers.get('location') ?? '', location).href
}

await t.test('an upload goes on after kill -9 between two chunks', async (t) => {
  const registry = await startRegistry(t)
  const content = randomBytes(8 * mebibyte)
  const begun = await beginUpload(at(registry))
  const location = await patch(begun, content.subarray(0, 3 * mebibyte), 0)
  await registry.kill()
  await registry.start()
  const { size, next } = await progress(location)
  t.equal(size, 3 * mebibyte, 'the chunk that was acknowledged is there')
  await endUpload(await patch(next, content, size), sha256(content))
  const answer = await fetch(`${at(registry).address}/blobs/${sha256(content)}`)
  t.equal(sha256(Buffer.from(await answer.arrayBuffer())), sha256(content))
})

await t.test('an upload goes on after kill -9 in the middle of a chunk', async (t) => {
  const registry = await startRegistry(t)
  const content = randomBytes(32 * mebibyte)
  const location = await beginUpload(at(registry))
  const sending = await openUpload(
    'PATCH',
    location,
    content.subarray(0, 16 * mebibyte),
    content.length,
  )
  t.ok(await within(10_000, async () => (await registry.uploadedBytes()) > mebibyte))
  await registry.kill()
  sending.destroy()
  await registry.start()
  const { size, next } = await progress(location)
  t.ok(size > mebibyte && size <= 16 * mebibyte, `${size} bytes were kept`)
  await endUpload(await patch(next, content, size), sha256(content))
  const answer = await fetch(`${at(registry).address}/blobs/${sha256(content)}`)
  t.equal(sha256(Buffer.from(await answer.arrayBuffer())), sha256(content))
})
