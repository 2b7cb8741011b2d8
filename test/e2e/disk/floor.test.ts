import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { beginUpload, closingAddress, pushBlob } from '../../helpers/e2e/blob.ts'
import { within } from '../../helpers/e2e/daemon.ts'
import { tmpfs } from '../../helpers/e2e/disk.ts'
import { startRegistry } from '../../helpers/e2e/registry.ts'
import { randomContent } from '../../helpers/push.ts'
import { setScene } from './steps.ts'

t.setTimeout(60_000)

const MiB = 1 << 20
const env = { LAYERHOUSE_STORAGE_MIN_FREE: '20MiB' }
const registry = await startRegistry(t, { env, prepare: tmpfs('size=48m') })
const address = `${registry.url}/v2/team/app`
const uploads = `${address}/blobs/uploads/`
const scene = await setScene(registry)
const begun = await beginUpload({ address })

const statusOf = async (method: string, url: string) => (await fetch(url, { method })).status

t.test('while too little is free, no upload begins and all else goes on', async (t) => {
  const foreign = join(registry.root, 'foreign')
  await writeFile(foreign, Buffer.alloc(30 * MiB))
  t.ok(await within(3000, async () => (await statusOf('POST', uploads)) === 507))

  const before = (await registry.uploads()).length
  const content = randomContent()
  const monolithic = `${uploads}?digest=${content.digest}`
  const unknown = `${uploads}?mount=${content.digest}&from=other/app`
  for (const url of [uploads, monolithic, unknown]) {
    const body = url === monolithic ? { body: new Uint8Array(content.bytes) } : {}
    const answer = await fetch(url, { method: 'POST', ...body })
    t.equal(answer.status, 507)
    const message =
      /^the registry's disk has 1\d MiB free of 48 MiB, and new uploads need 20 MiB to be left; delete something or enlarge the disk$/
    t.match(await answer.json(), { errors: [{ code: 'UNAVAILABLE', message }] })
  }
  t.equal((await registry.uploads()).length, before, 'no file was made for what was refused')

  const { bytes, digest } = randomContent(MiB)
  const end = closingAddress(begun, digest)
  const body = new Uint8Array(bytes)
  t.equal((await fetch(end, { method: 'PUT', body })).status, 201, 'an upload that has begun ends')
  for (const step of scene.steps.filter(({ name }) => !name.startsWith('POST'))) {
    t.ok((await step.run()).status < 300, step.name)
    t.ok(await step.isDone(), step.name)
  }
  await scene.checkReads(t)
  t.equal(await statusOf('GET', `${registry.url}/readyz`), 200)

  await rm(foreign)
  const begins = async () => (await statusOf('POST', uploads)) === 202
  t.ok(await within(3000, begins), 'with room again, without a restart')
  // Each process looks at the disk once a second.
  const push = () => pushBlob({ address }, content.bytes).then(Boolean, () => false)
  t.ok(await within(3000, push), 'in every process')
})

t.test('a floor of nothing refuses nothing', async (t) => {
  const options = { env: { LAYERHOUSE_STORAGE_MIN_FREE: '0' }, prepare: tmpfs('size=16m') }
  const { url, root } = await startRegistry(t, options)
  await writeFile(join(root, 'foreign'), Buffer.alloc(15 * MiB))
  await pushBlob({ address: `${url}/v2/team/app` }, randomContent(10_000).bytes)
})
