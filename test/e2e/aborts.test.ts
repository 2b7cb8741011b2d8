import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import t from 'tap'
import { beginUpload, closingAddress, pushBlob } from '../helpers/e2e/blob.ts'
import { within } from '../helpers/e2e/daemon.ts'
import { sha256 } from '../helpers/e2e/digest.ts'
import { openFiles } from '../helpers/e2e/procfs.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { abortDownload, openUpload } from '../helpers/e2e/transfer.ts'

t.setTimeout(120_000)

const attempts = 200
const atOnce = 20
const settleWithin = 5_000

const registry = await startRegistry(t, {
  env: { LAYERHOUSE_UPLOADS_EXPIRE_AFTER: '2s', LAYERHOUSE_UPLOADS_SWEEP_INTERVAL: '1s' },
})
const repository = { address: `${registry.url}/v2/team/app` }
const content = randomBytes(32 << 20)
const digest = await pushBlob(repository, content)
const blob = `${repository.address}/blobs/${digest}`
const part = content.subarray(0, 64 << 10)

async function abortUpload(method: 'PATCH' | 'PUT'): Promise<void> {
  const location = await beginUpload(repository)
  const url = method === 'PUT' ? closingAddress(location, digest) : location
  const upload = await openUpload(method, url, part, content.length)
  upload.destroy()
}

async function repeat(action: (index: number) => Promise<void>): Promise<void> {
  for (let done = 0; done < attempts; done += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, (_, index) => action(done + index)))
  }
}

/** Every file below the root but those of the database, which come and go as it likes. */
async function listFiles(): Promise<readonly string[]> {
  const entries = await readdir(registry.root, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('metadata.db'))
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .sort()
}

// What is opened once and kept is open before anything is counted.
await abortDownload(blob)
await abortUpload('PATCH')
await abortUpload('PUT')
await within(10_000, async () => (await registry.uploads()).length === 0)

await t.test('200 downloads that clients break off leave nothing open', async (t) => {
  const before = await openFiles(registry.pid())
  await repeat(() => abortDownload(blob))
  const settled = await within(
    settleWithin,
    async () => (await openFiles(registry.pid())) <= before,
  )
  t.ok(settled, `${await openFiles(registry.pid())} open files, ${before} before`)
})

await t.test('200 uploads that clients break off leave nothing open and expire', async (t) => {
  const before = await openFiles(registry.pid())
  const files = await listFiles()
  await repeat((index) => abortUpload(index % 2 === 0 ? 'PATCH' : 'PUT'))
  const settled = await within(
    settleWithin,
    async () => (await openFiles(registry.pid())) <= before,
  )
  t.ok(settled, `${await openFiles(registry.pid())} open files, ${before} before`)
  await within(10_000, async () => (await registry.uploads()).length === 0)
  t.same(await registry.uploads(), [], 'expired uploads are gone')
  t.same(await listFiles(), files, 'no other file was left behind')
})

await t.test('an expired upload is unknown, and the registry works as before', async (t) => {
  const location = await beginUpload(repository)
  const gone = await within(10_000, async () => (await fetch(location)).status === 404)
  t.ok(gone)
  const answer = await fetch(blob)
  t.equal(sha256(Buffer.from(await answer.arrayBuffer())), digest)
})
