import { readFile } from 'node:fs/promises'
import t from 'tap'
import { createClient } from '../helpers/e2e/command.ts'
import { writeFiles } from '../helpers/e2e/image.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'
import { skopeo } from '../helpers/e2e/storage.ts'

t.setTimeout(60_000)

const registry = await startRegistry(t)
const directory = await temporaryDirectory(t)
const umoci = createClient('umoci')

await t.test('a layout made by umoci is pushed, pulled and unpacked', async (t) => {
  const layout = `${directory}/made`
  const copy = `${directory}/copy`
  const remote = `docker://${registry.host}/layouts/umoci:1`
  await writeFiles(directory, { greeting: 'hello\n' })
  await umoci('init', '--layout', layout)
  await umoci('new', '--image', `${layout}:1`)
  await umoci(
    'insert',
    '--rootless',
    '--image',
    `${layout}:1`,
    `${directory}/greeting`,
    '/greeting',
  )
  await umoci('config', '--image', `${layout}:1`, '--config.label', 'origin=umoci')
  await skopeo('copy', '--dest-tls-verify=false', `oci:${layout}:1`, remote)
  await skopeo('copy', '--src-tls-verify=false', remote, `oci:${copy}:1`)
  await umoci('unpack', '--rootless', '--image', `${copy}:1`, `${directory}/bundle`)
  t.equal(await readFile(`${directory}/bundle/rootfs/greeting`, 'utf8'), 'hello\n')
  const format = ['--tls-verify=false', '--format', '{{.Labels.origin}}']
  t.equal(await skopeo('inspect', ...format, remote), 'umoci')
})
