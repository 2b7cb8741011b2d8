import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ociIndex } from '../../../src/oci/media-types.ts'
import { within } from '../../helpers/e2e/daemon.ts'
import { fillDisk, loopDisk } from '../../helpers/e2e/disk.ts'
import { startRegistry } from '../../helpers/e2e/registry.ts'
import { indexOf } from '../../helpers/push.ts'
import { setScene } from './steps.ts'

t.setTimeout(60_000)

async function setUp(t: Test) {
  const registry = await startRegistry(t, { prepare: await loopDisk(t, { mebibytes: 48 }) })
  return { registry, scene: await setScene(registry) }
}

t.test('a registry that was killed on a full disk starts there and serves', async (t) => {
  const { registry, scene } = await setUp(t)
  // More than the database has room for: while the disk is full it stays in the WAL.
  const { bytes } = indexOf([], { annotations: { text: 'x'.repeat(1 << 20) } })
  const headers = { 'content-type': ociIndex }
  const large = `${registry.url}/v2/team/app/manifests/large`
  const put = await fetch(large, { method: 'PUT', body: new Uint8Array(bytes), headers })
  t.equal(put.status, 201)
  await registry.kill()
  // Its row has to go at the start, for which there will be no room.
  const [upload = ''] = await registry.uploads()
  await rm(join(registry.root, upload))
  const free = await fillDisk(registry.root)
  await registry.start('/healthz')
  t.match(registry.log(), /what an interrupted run left behind stays for now/)
  await scene.checkReads(t)
  t.ok(Buffer.from(await (await fetch(large)).arrayBuffer()).equals(bytes))
  const begin = async () =>
    (await fetch(`${registry.url}/v2/team/app/blobs/uploads/`, { method: 'POST' })).status
  t.equal(await begin(), 507)
  await free()
  t.ok(await within(3000, async () => (await begin()) === 202), 'and stores when there is room')
})

t.test('a start for which there is no room says so, and works when there is', async (t) => {
  const { registry, scene } = await setUp(t)
  const { code } = await registry.stop()
  t.equal(code, 0)
  const free = await fillDisk(registry.root)
  await t.rejects(registry.start(), {
    message: /the disk of the data directory \S+ is full: .*; free some space there, then start/,
  })
  await free()
  await registry.start()
  await scene.checkReads(t)
})
