import t from 'tap'
import { curl } from '../helpers/e2e/curl.ts'
import { startDocker } from '../helpers/e2e/docker.ts'
import { buildImage, importBase } from '../helpers/e2e/image.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'

t.setTimeout(180_000)

const registry = await startRegistry(t)
const { docker } = await startDocker(t)
const directory = await temporaryDirectory(t)
await importBase(docker, directory)

const list = `${registry.host}/tools/greeter:1`
const images = { amd64: `${list}-amd64`, arm64: `${list}-arm64` }

for (const [architecture, image] of Object.entries(images)) {
  await buildImage(docker, `${directory}/${architecture}`, image, {
    greeting: `hello ${architecture}\n`,
  })
  await docker('push', image)
}

await t.test('a list of two platforms is created and pushed', async (t) => {
  await docker('manifest', 'create', '--insecure', list, images.amd64, images.arm64)
  await docker('manifest', 'annotate', '--arch', 'arm64', list, images.arm64)
  const digest = await docker('manifest', 'push', '--insecure', list)
  const { headers, body } = await curl(
    '--header',
    'Accept: application/vnd.docker.distribution.manifest.list.v2+json',
    `${registry.url}/v2/tools/greeter/manifests/1`,
  )
  t.equal(headers.get('docker-content-digest'), digest)
  t.equal(headers.get('content-type'), 'application/vnd.docker.distribution.manifest.list.v2+json')
  const { manifests } = JSON.parse(body) as { manifests: { platform: { architecture: string } }[] }
  t.same(
    manifests.map(({ platform }) => platform.architecture),
    ['amd64', 'arm64'],
  )
})

await t.test('a pull through the list gets the image of this platform', async (t) => {
  await docker('image', 'rm', images.amd64, images.arm64)
  await docker('pull', '--platform', 'linux/amd64', list)
  t.equal(await docker('run', '--rm', '--network', 'none', list), 'hello amd64')
})

await t.test('an entry is pulled by its digest', async (t) => {
  const inspected = JSON.parse(await docker('manifest', 'inspect', '--insecure', list)) as {
    manifests: { digest: string }[]
  }
  const digest = inspected.manifests[1]?.digest ?? 'none'
  const image = `${registry.host}/tools/greeter@${digest}`
  await docker('pull', image)
  t.equal(await docker('run', '--rm', '--network', 'none', image), 'hello arm64')
})
