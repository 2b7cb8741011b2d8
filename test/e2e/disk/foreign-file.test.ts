import t, { type Test } from 'tap'
import { within } from '../../helpers/e2e/daemon.ts'
import { fillDisk, loopDisk, type Mount } from '../../helpers/e2e/disk.ts'
import { type Registry, startRegistry } from '../../helpers/e2e/registry.ts'
import { type Reply, type Scene, setScene } from './steps.ts'

t.setTimeout(120_000)

/** Some file systems keep the last blocks for themselves, and call them free. */
const message = /^the registry's disk has (no room for this: )?[\d.]+ (B|KiB)( free)? of \d+ MiB/

/** On a full disk each step is done, or refused and nothing changed. */
async function tryOnFullDisk(t: Test, { steps }: Scene): Promise<readonly Reply[]> {
  const replies: Reply[] = []
  for (const { name, run, isDone } of steps) {
    const reply = await run()
    replies.push(reply)
    if (reply.status >= 300) {
      t.equal(reply.status, 507, name)
      t.match(JSON.parse(reply.text), { errors: [{ code: 'UNAVAILABLE' }] })
    }
    if (name !== 'POST') t.equal(await isDone(), reply.status < 300, `${name}: ${reply.status}`)
  }
  return replies
}

async function cycle(t: Test, registry: Registry, name: string): Promise<Scene> {
  const scene = await setScene(registry, name)
  const bytesBefore = await registry.uploadedBytes()
  const free = await fillDisk(registry.root)
  const replies = await tryOnFullDisk(t, scene)
  const refused = replies.find(
    ({ status, text }) => status === 507 && message.test(JSON.parse(text).errors[0].message),
  )
  t.ok(refused, 'an answer says that next to nothing is free')
  await scene.checkReads(t)
  t.ok((await registry.uploadedBytes()) <= bytesBefore, 'no upload has grown')
  await free()

  const begin = async () =>
    (await fetch(`${registry.url}/v2/${name}/blobs/uploads/`, { method: 'POST' })).status === 202
  t.ok(await within(3000, begin), 'uploads begin again, without a restart')
  for (const { name, run } of scene.steps.filter(({ name }) => name.startsWith('PATCH'))) {
    t.ok((await run()).status < 300, `${name} goes on`)
  }
  return scene
}

async function fillAndFree(t: Test, mount: Mount, cycles: number): Promise<void> {
  const registry = await startRegistry(t, { prepare: mount })
  const scenes: Scene[] = []
  for (let count = 0; count < cycles; count++) {
    scenes.push(await cycle(t, registry, `team/app${count}`))
  }
  const ready = async () => (await fetch(`${registry.url}/readyz`)).status === 200
  t.ok(await within(3000, ready), 'ready again')
  const later = await setScene(registry, 'well/again')
  for (const { name, run } of later.steps) t.ok((await run()).status < 300, name)
  await registry.kill()
  await registry.start()
  for (const scene of scenes) await scene.checkReads(t)
}

t.test('ext4, filled by another and freed, many times', async (t) => {
  await fillAndFree(t, await loopDisk(t, { mebibytes: 48 }), 10)
})

t.test('xfs, filled by another and freed', async (t) => {
  const make = ['mkfs.xfs', '-q']
  await fillAndFree(t, await loopDisk(t, { mebibytes: 300, make }), 1)
})
