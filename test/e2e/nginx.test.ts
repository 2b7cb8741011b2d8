import { randomBytes } from 'node:crypto'
import t from 'tap'
import { startDocker } from '../helpers/e2e/docker.ts'
import { buildImage, importBase } from '../helpers/e2e/image.ts'
import { startNginx } from '../helpers/e2e/nginx.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'
import { skopeo } from '../helpers/e2e/storage.ts'

t.setTimeout(180_000)

const registry = await startRegistry(t)
const proxy = await startNginx(t, registry.host)
const { docker } = await startDocker(t)
const directory = await temporaryDirectory(t)
await importBase(docker, directory)
const image = `${proxy}/team/app:1`

await t.test('docker pushes and pulls through nginx', async (t) => {
  // More than nginx's own limit of 1 MiB, and nothing gzip could make smaller.
  const ballast = randomBytes(8 << 20).toString('base64')
  await buildImage(docker, `${directory}/app`, image, { greeting: 'hello\n', ballast })
  const before = await docker('run', '--rm', '--network', 'none', image)
  t.ok(before.startsWith('hello\n') && before.endsWith(ballast))
  await docker('push', image)
  await docker('image', 'rm', image)
  await docker('pull', image)
  t.ok((await docker('run', '--rm', '--network', 'none', image)) === before, 'same content')
})

await t.test('skopeo copies within the proxy and sees what is behind it', async (t) => {
  const options = ['--src-tls-verify=false', '--dest-tls-verify=false']
  await skopeo('copy', ...options, `docker://${image}`, `docker://${proxy}/copies/app:2`)
  const format = ['inspect', '--tls-verify=false', '--format', '{{.Digest}}']
  const direct = await skopeo(...format, `docker://${registry.host}/team/app:1`)
  t.match(direct, /^sha256:[0-9a-f]{64}$/)
  t.equal(await skopeo(...format, `docker://${registry.host}/copies/app:2`), direct)
})
