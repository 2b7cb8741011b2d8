import t from 'tap'
import { createClient, must } from '../helpers/e2e/command.ts'
import { startContainerd } from '../helpers/e2e/containerd.ts'
import { sha256 } from '../helpers/e2e/digest.ts'
import { startDocker } from '../helpers/e2e/docker.ts'
import { writeFiles } from '../helpers/e2e/image.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'
import { createStorage, skopeo } from '../helpers/e2e/storage.ts'

t.setTimeout(120_000)

interface Stored {
  readonly config: { readonly digest: string }
  readonly layers: readonly { readonly mediaType: string }[]
  readonly manifests?: readonly { readonly digest: string }[]
}

const registry = await startRegistry(t)
const [{ docker }, { ctr }, { podman }, { buildah }, directory] = await Promise.all([
  startDocker(t),
  startContainerd(t),
  createStorage(t),
  createStorage(t),
  temporaryDirectory(t),
])
const umoci = createClient('umoci')
const plain = '--tls-verify=false'
const remote = (name: string) => `docker://${registry.host}/${name}`

await writeFiles(directory, { greeting: 'hello\n'.repeat(100) })

/** Takes an archive in, and gives the digests it told. */
async function bring(file: string, query = ''): Promise<readonly string[]> {
  const address = `${registry.url}/api/v1/imports?${query}`
  const { stdout } = await must('curl', ['-sS', '--fail-with-body', '-T', file, address])
  const { images } = JSON.parse(stdout) as { images: readonly { digest: string }[] }
  return images.map(({ digest }) => digest)
}

async function storedIn(name: string): Promise<Stored> {
  return JSON.parse(await skopeo('inspect', plain, '--raw', remote(name))) as Stored
}

/** Of the bytes as they come: umoci ends its documents with a line feed. */
async function digestOf(...source: readonly string[]): Promise<string> {
  const { stdout } = await must('skopeo', ['inspect', '--raw', ...source])
  return sha256(stdout)
}

const digestIn = async (name: string) => digestOf(plain, remote(name))

/** Makes an image of one file for an architecture; gives its id. */
async function buildWithBuildah(architecture: string): Promise<string> {
  const container = await buildah('from', '--arch', architecture, 'scratch')
  await buildah('copy', container, `${directory}/greeting`, `/${architecture}`)
  return buildah('commit', '--rm', container, `built:${architecture}`)
}

const id = await buildWithBuildah('amd64')

await t.test('what buildah writes to an OCI archive is what it would have pushed', async (t) => {
  const file = `${directory}/gzip.tar`
  await buildah('push', 'built:amd64', `oci-archive:${file}:team/built:gzip`)
  await buildah('push', plain, 'built:amd64', remote('pushed/built:gzip'))
  const pushed = await digestIn('pushed/built:gzip')
  t.strictSame(await bring(file), [pushed])
  t.equal(await digestIn('team/built:gzip'), pushed)
})

await t.test('layers that buildah compresses with zstd stay as they are', async (t) => {
  const file = `${directory}/zstd.tar`
  const target = `oci-archive:${file}:team/built:zstd`
  await buildah('push', '--compression-format', 'zstd', 'built:amd64', target)
  // Not compared with a push: buildah takes the layer in gzip that is there already.
  t.strictSame(await bring(file), [await digestOf(`oci-archive:${file}`)])
  const { layers } = await storedIn('team/built:zstd')
  t.match(layers, [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd' }])
})

await t.test('what buildah writes to a Docker archive is the same image', async (t) => {
  const file = `${directory}/docker-archive.tar`
  await buildah('push', 'built:amd64', `docker-archive:${file}:team/built:docker`)
  const [digest] = await bring(file)
  t.equal(await digestIn('team/built:docker'), digest)
  await buildah('push', plain, '--format', 'v2s2', 'built:amd64', remote('pushed/built:docker'))
  const { config } = await storedIn('pushed/built:docker')
  t.equal((await storedIn('team/built:docker')).config.digest, config.digest)
})

await t.test('a list of images for several platforms keeps its digest', async (t) => {
  await buildWithBuildah('arm64')
  await buildah('manifest', 'create', 'list', 'built:amd64', 'built:arm64')
  const file = `${directory}/list.tar`
  await buildah('manifest', 'push', '--all', 'list', `oci-archive:${file}:team/list:all`)
  const keep = ['copy', '--all', '--preserve-digests', '--dest-tls-verify=false']
  await skopeo(...keep, `oci-archive:${file}`, remote('pushed/list:all'))
  const pushed = await digestIn('pushed/list:all')
  t.strictSame(await bring(file), [pushed])
  t.equal((await storedIn('team/list:all')).manifests?.length, 2)
  await buildah('rmi', '--all', '--force')
  t.equal(
    await buildah('pull', plain, `${registry.host}/team/built:gzip`),
    id,
    'it is pulled again',
  )
})

await t.test('a layout of umoci, as a tar, has the digests that skopeo pushes', async (t) => {
  const layout = `${directory}/umoci`
  await umoci('init', '--layout', layout)
  for (const architecture of ['amd64', 'arm64']) {
    const image = `${layout}:${architecture}`
    await umoci('new', '--image', image)
    await umoci('config', '--image', image, '--architecture', architecture)
    await umoci('insert', '--rootless', '--image', image, `${directory}/greeting`, '/greeting')
  }
  const file = `${directory}/umoci.tar`
  await must('tar', ['-C', layout, '-cf', file, '.'])
  const digests = await bring(file, 'repo=team/umoci')
  for (const [at, tag] of ['amd64', 'arm64'].entries()) {
    const from = `oci:${layout}:${tag}`
    await skopeo('copy', '--dest-tls-verify=false', from, remote(`pushed/umoci:${tag}`))
    t.equal(digests[at], await digestIn(`pushed/umoci:${tag}`))
    t.equal(await digestIn(`team/umoci:${tag}`), digests[at])
  }
})

await t.test('one archive of all of them is taken by every program', async (t) => {
  const names = ['team/built:gzip', 'team/built:zstd', 'team/built:docker', 'team/umoci:amd64']
  const query = [...names, 'team/list:all'].map((name) => `ref=${name}`).join('&')
  const file = `${directory}/exported.tar`
  const address = `${registry.url}/api/v1/images/export?${query}`
  await must('curl', ['-sS', '--fail-with-body', '-o', file, address])
  await docker('load', '-i', file)
  await podman('load', '-i', file)
  await ctr('images', 'import', '--snapshotter', 'native', '--all-platforms', file)
  const listed = await ctr('images', 'list')
  for (const name of names) {
    const { config } = await storedIn(name)
    const format = ['image', 'inspect', '--format', '{{.Id}}', name]
    t.equal(await docker(...format), config.digest, `docker has ${name}`)
    t.equal(`sha256:${await podman(...format)}`, config.digest, `podman has ${name}`)
    t.match(listed, `docker.io/${name} `)
    t.equal(await digestOf('--config', `docker-archive:${file}:${name}`), config.digest)
  }
  for (const name of [...names, 'team/list:all']) {
    const tag = name.slice(name.indexOf(':') + 1)
    const digest = await digestIn(name)
    t.match(listed, digest, `containerd has ${name}`)
    if (name === 'team/built:docker') continue
    t.equal(await digestOf(`oci-archive:${file}:${tag}`), digest)
  }
  await docker('image', 'inspect', 'team/list:all')
  await podman('image', 'inspect', 'team/list:all')
})
