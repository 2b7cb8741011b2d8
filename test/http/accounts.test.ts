import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parseRepositoryName } from '../../src/oci/name.ts'
import { parseTag } from '../../src/oci/reference.ts'
import { createAccounts } from '../../src/services/accounts/create.ts'
import { openStoresForReading } from '../../storage/open.ts'
import { damages, objectOf } from '../helpers/damage.ts'
import {
  imageOf,
  indexOf,
  pushBlob,
  pushImage,
  pushManifest,
  randomContent,
} from '../helpers/push.ts'
import { startRegistry, type TestRegistry } from '../helpers/registry.ts'

const historyKeep = 60_000

/** The accounts of a registry, as somebody sees them who looks at its data directory. */
async function openAccounts(t: Test, root: string) {
  const stores = await openStoresForReading({ root })
  t.teardown(() => stores.close())
  return createAccounts({ ...stores, historyKeep })
}

/** Bytes of all files below a directory. */
function filesIn(directory: string): number {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

function onDisk(root: string): number {
  return filesIn(join(root, 'blobs')) + filesIn(join(root, 'uploads'))
}

/** An upload with some bytes, which nobody ends. */
async function beginUpload({ request }: TestRegistry, bytes: number): Promise<void> {
  const begun = await request('POST', '/v2/a/blobs/uploads/')
  const { pathname, search } = new URL(String(begun.headers['location']), 'http://registry')
  const answer = await request('PATCH', pathname + search, { body: Buffer.alloc(bytes) })
  if (answer.status !== 202) throw new Error(`PATCH was answered ${answer.status}`)
}

t.test('one line accounts for every byte on the disk', async (t) => {
  const registry = await startRegistry(t)
  const { request, root } = registry
  await pushImage(request, 'a', 'v1')
  await pushImage(request, 'a', 'v1')
  const deleted = await pushImage(request, 'b', 'v1')
  await request('DELETE', `/v2/b/manifests/${deleted.manifest.digest}`)
  await pushBlob(request, 'a', randomContent(100))
  await beginUpload(registry, 77)

  const accounts = await openAccounts(t, root)
  const line = await accounts.reconcile()
  t.equal(line.disk, onDisk(root))
  t.match(line, { live: 576, uploads: 77, absent: 0, difference: 0, unknown: [] })
  t.equal(line.live + line.undo + line.waiting + line.trash + line.uploads, line.disk)
  t.ok(line.undo >= 576, 'the image that lost its tag')
  t.ok(line.waiting >= 100, 'the blob without a manifest')
  const { live, undo, waiting, trash, undoManifestBytes } = line
  t.match(await accounts.summary(), { live, undo, waiting, trash, undoManifestBytes })
})

t.test('files that nothing accounts for are named', async (t) => {
  const { request, root } = await startRegistry(t)
  await pushImage(request, 'a', 'v1')
  const object = `${'ab'.repeat(32)}-${'0'.repeat(36)}`
  mkdirSync(join(root, 'blobs', 'sha256', 'ab'), { recursive: true })
  writeFileSync(join(root, 'blobs', 'sha256', 'ab', object), 'stray')
  const upload = '1'.repeat(36)
  writeFileSync(join(root, 'uploads', upload), 'also')
  const line = await (await openAccounts(t, root)).reconcile()
  t.equal(line.difference, 9)
  t.equal(line.disk, onDisk(root))
  t.strictSame(line.unknown, [
    { what: 'object', name: `sha256/ab/${object}`, size: 5 },
    { what: 'upload', name: upload, size: 4 },
  ])
})

t.test('what damage took from the disk is absent, and no difference', async (t) => {
  const { request, root, settle } = await startRegistry(t)
  const blobs = []
  for (const damage of Object.values(damages)) {
    const { layers } = await pushImage(request, 'a', `v${blobs.length}`)
    const digest = layers[0]?.digest as string
    damage(objectOf(root, digest))
    blobs.push(digest)
  }
  for (const digest of blobs) await request('GET', `/v2/a/blobs/${digest}`).catch(() => undefined)
  await settle()
  const line = await (await openAccounts(t, root)).reconcile()
  t.match(line, { live: 3 * 576, absent: 3 * 512, difference: 0 })
  t.equal(line.disk, onDisk(root))
})

t.test('logical, stored, unique and shared bytes of a repository and a namespace', async (t) => {
  const { request, root } = await startRegistry(t)
  const layer = await pushBlob(request, 'team/a', randomContent(1000))
  const config = await pushBlob(request, 'team/a', randomContent(10))
  const image = imageOf(config, [layer])
  for (const tag of ['1', '2']) await pushManifest(request, 'team/a', tag, image)
  const index = indexOf([image])
  await pushManifest(request, 'team/a', 'all', index, 'application/vnd.oci.image.index.v1+json')
  await pushBlob(request, 'elsewhere', layer)
  await pushBlob(request, 'elsewhere', config)
  await pushManifest(request, 'elsewhere', '1', imageOf(config, [layer], { annotations: {} }))

  const accounts = await openAccounts(t, root)
  const own = image.size + index.size
  const sizes = {
    logical: 3 * (1010 + image.size) + index.size,
    stored: 1010 + own,
    unique: own,
    shared: 1010,
  }
  t.match(await accounts.repository(parseRepositoryName('team/a')), {
    ...sizes,
    tags: 3,
    manifests: 2,
  })
  t.match(await accounts.namespace('team'), { ...sizes, repositories: 1, blobs: 2 })
  t.equal(await accounts.repository(parseRepositoryName('nobody')), undefined)
  const repository = parseRepositoryName('team/a')
  const tags = ['1', '2', 'all'].map((tag) => ({ repository, tag: parseTag(tag) }))
  t.match(await accounts.marginal(tags), { manifests: 2, manifestBytes: own, blobs: 0 })
})
