import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { beginUpload, pushBlob } from '../../helpers/e2e/blob.ts'
import { tmpfs } from '../../helpers/e2e/disk.ts'
import { startRegistry } from '../../helpers/e2e/registry.ts'
import { randomContent } from '../../helpers/push.ts'
import { setScene } from './steps.ts'

t.setTimeout(60_000)

const registry = await startRegistry(t, { prepare: tmpfs('size=64m,nr_inodes=200') })
const address = `${registry.url}/v2/team/app`
const foreign = join(registry.root, 'foreign')

/** Makes empty files until there can be no more; gives how many. */
async function useUpFiles(): Promise<number> {
  await mkdir(foreign)
  for (let count = 0; ; count++) {
    try {
      await writeFile(join(foreign, String(count)), '')
    } catch {
      return count
    }
  }
}

/** Content whose object needs a directory that no other blob has brought along. */
function contentForNewDirectory() {
  for (;;) {
    const content = randomContent()
    const [algorithm = '', hex = ''] = content.digest.split(':')
    if (!existsSync(join(registry.root, 'blobs', algorithm, hex.slice(0, 2)))) return content
  }
}

const message =
  /^the registry's disk can take no more files: of \d+ only \d can still be made, although \d+ MiB are free; remove files there, then try again$/

t.test('without files to be had uploads are refused, and all else goes on', async (t) => {
  const scene = await setScene(registry)
  t.ok((await useUpFiles()) > 50)
  const before = (await registry.uploads()).length
  for (const step of scene.steps) {
    const { status, text } = await step.run()
    if (status < 300) {
      t.ok(await step.isDone(), step.name)
      continue
    }
    t.match(step.name, /^P(OST|UT that ends|UT with)/, 'only what needs a new file or directory')
    t.equal(status, 507, step.name)
    t.match(JSON.parse(text), { errors: [{ code: 'UNAVAILABLE', message }] })
  }
  t.ok((await registry.uploads()).length <= before, 'no file stays of what was refused')
  await scene.checkReads(t)
  await rm(foreign, { recursive: true })
  for (const { name, run, isDone } of scene.steps.filter(({ name }) => /^P(UT|OST)/.test(name))) {
    const { status } = await run()
    t.ok(status < 300 || (await isDone()), `${name} is done, now or before`)
  }
})

t.test('with one file left an upload begins, and cannot end before there are more', async (t) => {
  const content = contentForNewDirectory()
  await useUpFiles()
  await rm(join(foreign, '0'))
  const location = await beginUpload({ address })
  const patch = { method: 'PATCH', body: new Uint8Array(content.bytes) }
  t.equal((await fetch(location, patch)).status, 202)
  const end = `${location}?digest=${content.digest}`
  const refused = await fetch(end, { method: 'PUT' })
  t.equal(refused.status, 507)
  t.match(await refused.json(), { errors: [{ code: 'UNAVAILABLE', message }] })
  await rm(foreign, { recursive: true })
  t.equal((await fetch(end, { method: 'PUT' })).status, 201, 'nothing has to be sent again')
  await pushBlob({ address }, randomContent().bytes)
  t.equal((await fetch(`${registry.url}/readyz`)).status, 200)
})
