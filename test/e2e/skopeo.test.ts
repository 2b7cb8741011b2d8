import { readdir } from 'node:fs/promises'
import t from 'tap'
import { curl } from '../helpers/e2e/curl.ts'
import { sha256 } from '../helpers/e2e/digest.ts'
import { writeLayout } from '../helpers/e2e/layout.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'
import { skopeo } from '../helpers/e2e/storage.ts'

t.setTimeout(180_000)

const registry = await startRegistry(t)
const directory = await temporaryDirectory(t)
const layout = await writeLayout(directory, { greeting: 'hello\n' })
const [amd64] = layout.images
const repository = `docker://${registry.host}/team/tool`
const push = ['copy', '--dest-tls-verify=false']
const pull = ['copy', '--src-tls-verify=false']

interface Manifest {
  readonly mediaType: string
  readonly config: { readonly digest: string }
}

async function readRaw(tag: string): Promise<{ text: string; manifest: Manifest }> {
  const { body } = await curl(
    ...['--header', 'Accept: application/vnd.oci.image.manifest.v1+json'],
    ...['--header', 'Accept: application/vnd.docker.distribution.manifest.v2+json'],
    `${registry.url}/v2/team/tool/manifests/${tag}`,
  )
  return { text: body, manifest: JSON.parse(body) as Manifest }
}

await t.test('an OCI image keeps its digest on the way in', async (t) => {
  await skopeo(...push, `oci:${layout.path}:amd64`, `${repository}:oci`)
  const { text, manifest } = await readRaw('oci')
  t.equal(sha256(text), amd64?.digest)
  t.equal(manifest.mediaType, 'application/vnd.oci.image.manifest.v1+json')
})

await t.test('the same image is stored in Docker format', async (t) => {
  await skopeo(...push, '--format', 'v2s2', `oci:${layout.path}:amd64`, `${repository}:docker`)
  const { manifest } = await readRaw('docker')
  t.equal(manifest.mediaType, 'application/vnd.docker.distribution.manifest.v2+json')
})

await t.test(
  'inspect tells the digest of the manifest and gives the config as it was',
  async (t) => {
    const inspect = ['inspect', '--tls-verify=false']
    const seen = JSON.parse(await skopeo(...inspect, `${repository}:oci`)) as { Digest: string }
    t.equal(seen.Digest, amd64?.digest)
    const config = await skopeo(...inspect, '--config', '--raw', `${repository}:oci`)
    t.equal(sha256(config), amd64?.config)
  },
)

await t.test('an index with all its images goes in and out unchanged', async (t) => {
  await skopeo(...push, '--all', `oci:${layout.path}:all`, `${repository}:all`)
  const copy = `${directory}/copy`
  await skopeo(...pull, '--all', '--preserve-digests', `${repository}:all`, `oci:${copy}:all`)
  const list = async (path: string) => (await readdir(`${path}/blobs/sha256`)).sort()
  t.same(await list(copy), await list(layout.path))
  const raw = await skopeo('inspect', '--tls-verify=false', '--raw', `${repository}:all`)
  t.equal(sha256(raw), layout.index)
})

await t.test('a copy inside of the registry keeps the digest', async (t) => {
  const other = `docker://${registry.host}/team/copy`
  const options = ['--src-tls-verify=false', '--dest-tls-verify=false', '--all']
  await skopeo('copy', ...options, `${repository}:all`, `${other}:all`)
  const format = ['--tls-verify=false', '--format', '{{.Digest}}']
  t.equal(await skopeo('inspect', ...format, `${other}:all`), layout.index)
  t.equal(
    sha256(await skopeo('inspect', '--tls-verify=false', '--raw', `${other}:all`)),
    layout.index,
  )
})

await t.test('list-tags lists them, and delete removes one image', async (t) => {
  const list = async () => {
    const text = await skopeo('list-tags', '--tls-verify=false', repository)
    return (JSON.parse(text) as { Tags: string[] }).Tags.sort()
  }
  t.same(await list(), ['all', 'docker', 'oci'])
  await skopeo('delete', '--tls-verify=false', `${repository}:docker`)
  t.same(await list(), ['all', 'oci'])
  await t.rejects(skopeo('inspect', '--tls-verify=false', `${repository}:docker`), /unknown/)
})
