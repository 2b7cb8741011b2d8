import { randomBytes } from 'node:crypto'
import t from 'tap'
import { within } from '../helpers/e2e/daemon.ts'
import { sha256 } from '../helpers/e2e/digest.ts'
import { startDocker } from '../helpers/e2e/docker.ts'
import { importBase, writeFiles } from '../helpers/e2e/image.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'

t.setTimeout(300_000)

const mebibyte = 1 << 20
const registry = await startRegistry(t)
const { docker } = await startDocker(t)
const directory = await temporaryDirectory(t)
await importBase(docker, directory)

await t.test('a push survives the death of the server in its middle', async (t) => {
  const image = `${registry.host}/big/data:1`
  const content = randomBytes(200 * mebibyte)
  await writeFiles(`${directory}/context`, {
    data: content,
    Dockerfile: 'FROM base:1\nCOPY data /data\nCMD ["sha256sum", "/data"]\n',
  })
  await docker('build', '--quiet', '--network', 'none', '--tag', image, `${directory}/context`)

  const push = docker('push', image).then(
    () => true,
    () => false,
  )
  const begun = await within(60_000, async () => (await registry.uploadedBytes()) > 20 * mebibyte)
  t.ok(begun, 'the layer is on its way')
  await registry.kill()
  t.ok((await registry.uploadedBytes()) < 200 * mebibyte, 'it was not there as a whole')
  await registry.start()
  if (!(await push)) await docker('push', image)

  await docker('image', 'rm', image)
  await docker('pull', image)
  const output = await docker('run', '--rm', '--network', 'none', image)
  t.equal(`sha256:${output.split(' ')[0]}`, sha256(content))
})
