import t from 'tap'
import { must } from '../../helpers/e2e/command.ts'
import { within } from '../../helpers/e2e/daemon.ts'
import { loopDisk } from '../../helpers/e2e/disk.ts'
import { startRegistry } from '../../helpers/e2e/registry.ts'
import { setScene } from './steps.ts'

t.setTimeout(60_000)

const readOnly = /disk is read-only: content can be pulled/
const failing = /disk reports errors: .* check the disk, then restart/

t.test('on a disk that turned read-only pulls go on, and nothing else', async (t) => {
  const mount = await loopDisk(t, { mebibytes: 48 })
  const registry = await startRegistry(t, { prepare: mount })
  const { url, root } = registry
  const scene = await setScene(registry)
  // As the kernel does by itself when it finds the file system damaged.
  await must('mount', ['-o', 'remount,abort', root])

  const messages: string[] = []
  for (const { name, run, isDone } of scene.steps) {
    const { status, text } = await run()
    t.equal(status, 503, name)
    t.match(JSON.parse(text), { errors: [{ code: 'UNAVAILABLE' }] }, name)
    const { errors } = JSON.parse(text) as { errors: [{ message: string }] }
    messages.push(errors[0].message)
    if (name !== 'POST') t.notOk(await isDone(), `${name} has changed nothing`)
  }
  t.ok(messages.every((message) => readOnly.test(message) || failing.test(message)))
  t.ok(messages.some((message) => readOnly.test(message)))
  await scene.checkReads(t)
  const isUnready = async () => (await fetch(`${url}/readyz`)).status === 503
  t.ok(await within(5000, isUnready), 'the probe says so')
  t.match(await (await fetch(`${url}/readyz`)).json(), { reason: /disk (is read-only|reports)/ })
  t.equal((await fetch(`${url}/healthz`)).status, 200)

  await registry.stop()
  await must('umount', [root])
  await mount(root)
  await registry.start()
  await scene.checkReads(t)
  for (const { name, isDone } of scene.steps) {
    t.notOk(name !== 'POST' && (await isDone()), `${name} was refused, and is not there`)
  }
  for (const { name, run, isDone } of (await setScene(registry, 'well/again')).steps) {
    t.ok((await run()).status < 300, name)
    t.ok(await isDone(), `${name} works again`)
  }
})
