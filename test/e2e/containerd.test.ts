import { mkdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { startContainerd } from '../helpers/e2e/containerd.ts'
import { writeLayout } from '../helpers/e2e/layout.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'
import { skopeo } from '../helpers/e2e/storage.ts'

t.setTimeout(120_000)

const registry = await startRegistry(t)
const { ctr } = await startContainerd(t)
const directory = await temporaryDirectory(t)
const layout = await writeLayout(directory, { greeting: 'hello\n' })
const [amd64] = layout.images
const image = `${registry.host}/team/tool:all`
const other = `${registry.host}/other/tool:1`
const pull = ['images', 'pull', '--plain-http', '--snapshotter', 'native']

await skopeo(
  ...['copy', '--dest-tls-verify=false', '--all'],
  ...[`oci:${layout.path}:all`, `docker://${image}`],
)

/** Digest of an image containerd knows; empty if it doesn't. */
async function digestOf(name: string): Promise<string> {
  return (await ctr('images', 'list', `name==${name}`)).split('\n')[1]?.split(/\s+/)[2] ?? ''
}

await t.test('containerd pulls through an index and unpacks this platform', async (t) => {
  await ctr(...pull, '--platform', 'linux/amd64', image)
  t.equal(await digestOf(image), layout.index)
  const mount = `${directory}/mount`
  await mkdir(mount)
  await ctr('images', 'mount', '--snapshotter', 'native', '--platform', 'linux/amd64', image, mount)
  t.equal(await readFile(`${mount}/greeting`, 'utf8'), 'hello\n')
  await ctr('images', 'unmount', '--rm', '--snapshotter', 'native', mount)
})

await t.test('containerd pushes an image to another repository', async (t) => {
  await ctr('images', 'tag', image, other)
  await ctr('images', 'push', '--plain-http', '--platform', 'linux/amd64', other)
  const raw = ['inspect', '--tls-verify=false', '--format', '{{.Digest}}']
  t.equal(await skopeo(...raw, `docker://${other}`), amd64?.digest)
})

await t.test('what it pushed can be pulled by tag and by digest', async (t) => {
  await ctr('images', 'remove', '--sync', image, other)
  t.equal(await digestOf(other), '', 'it is gone')
  await ctr(...pull, other)
  t.equal(await digestOf(other), amd64?.digest)
  const byDigest = `${registry.host}/team/tool@${amd64?.digest}`
  await ctr(...pull, byDigest)
  t.equal(await digestOf(byDigest), amd64?.digest)
})
