import { readFile } from 'node:fs/promises'
import t from 'tap'
import { pushBlob } from '../helpers/e2e/blob.ts'
import { layerhouse, layerhouseJson } from '../helpers/e2e/cli.ts'
import { must } from '../helpers/e2e/command.ts'
import { startContainerd } from '../helpers/e2e/containerd.ts'
import { curl } from '../helpers/e2e/curl.ts'
import { sha256 } from '../helpers/e2e/digest.ts'
import { startDocker } from '../helpers/e2e/docker.ts'
import { mainPath } from '../helpers/e2e/flavour.ts'
import { buildImage, importBase } from '../helpers/e2e/image.ts'
import { writeLayout } from '../helpers/e2e/layout.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'
import { createStorage, skopeo } from '../helpers/e2e/storage.ts'

t.setTimeout(240_000)

interface Imported {
  readonly images: readonly {
    readonly reference: string
    readonly digest: string
    readonly newBytes: number
    readonly existingBytes: number
  }[]
}

const registry = await startRegistry(t)
const [{ docker }, { ctr }, { podman }] = await Promise.all([
  startDocker(t),
  startContainerd(t),
  createStorage(t),
])
const directory = await temporaryDirectory(t)
const place = ['--root', registry.root, '--port', registry.url.split(':').at(-1) as string]
const api = `${registry.url}/api/v1`
const run = ['run', '--rm', '--network', 'none']

await importBase(docker, directory)
await buildImage(docker, `${directory}/one`, 'tools/one:1', { greeting: 'one\n' })
const layout = await writeLayout(directory, { greeting: 'hello\n' })
await must('tar', ['-C', layout.path, '-cf', `${directory}/layout.tar`, '.'])

async function send(file: string, ...args: readonly string[]): Promise<Imported> {
  const { stdout } = await must('curl', ['-sS', '--fail-with-body', ...args, file])
  return JSON.parse(stdout) as Imported
}

async function digestIn(name: string): Promise<string> {
  const format = ['inspect', '--tls-verify=false', '--format', '{{.Digest}}']
  return skopeo(...format, `docker://${registry.host}/${name}`)
}

async function download(query: string, file: string): Promise<string> {
  const path = `${directory}/${file}`
  await must('curl', ['-sS', '--fail-with-body', '-o', path, `${api}/images/export?${query}`])
  return path
}

await t.test('what docker saves is imported, and runs after a pull', async (t) => {
  const file = `${directory}/saved.tar`
  await docker('save', '-o', file, 'tools/one:1')
  const [image] = (await send(`${api}/imports`, '-T', file)).images
  t.match(image, { reference: 'tools/one:1', existingBytes: 0 })
  const name = `${registry.host}/tools/one:1`
  await docker('pull', name)
  t.equal(await docker(...run, name), 'one')
  const id = await docker('image', 'inspect', '--format', '{{.Id}}', 'tools/one:1')
  const pulled = await docker('image', 'inspect', '--format', '{{.Id}}', name)
  t.equal(pulled, id, 'it is the same image')
  await docker('image', 'rm', name)
})

await t.test('a form, gzip and zstd bring the same image, and write nothing anew', async (t) => {
  const file = `${directory}/saved.tar`
  await must('gzip', ['-k', file])
  await must('zstd', ['-q', file])
  const known = await digestIn('tools/one:1')
  for (const [tag, ending] of Object.entries({ plain: '', gz: '.gz', zst: '.zst' })) {
    const form = ['-F', 'repo=team/app', '-F', `tag=${tag}`, '-F', `file=@${file}${ending}`]
    const [image] = (await send(`${api}/imports`, ...form)).images
    t.match(image, { reference: `team/app:${tag}`, digest: known, newBytes: 0 })
    t.equal(await digestIn(`team/app:${tag}`), known)
  }
})

await t.test('an archive with manifests keeps the digests that a push gives', async (t) => {
  const args = ['import', `${directory}/layout.tar`, '--repo', 'team/tool', ...place]
  const { images } = await layerhouseJson<Imported>(...args)
  const digests = Object.fromEntries(images.map(({ reference, digest }) => [reference, digest]))
  t.equal(digests['team/tool:all'], layout.index)
  t.equal(digests['team/tool:amd64'], layout.images[0]?.digest)
  const pushed = `docker://${registry.host}/pushed/tool:all`
  await skopeo('copy', '--dest-tls-verify=false', '--all', `oci:${layout.path}:all`, pushed)
  t.equal(await digestIn('pushed/tool:all'), await digestIn('team/tool:all'))
})

await t.test('podman saves in both formats, and both are imported', async (t) => {
  await podman('load', '-i', await download('ref=tools/one:1', 'for-podman.tar'))
  for (const format of ['docker-archive', 'oci-archive']) {
    const file = `${directory}/podman-${format}.tar`
    await podman('save', '--format', format, '-o', file, 'tools/one:1')
    const [image] = (await send(`${api}/imports?repo=podman/one&tag=${format}`, '-T', file)).images
    t.match(image, { reference: `podman/one:${format}` })
    await docker('pull', `${registry.host}/podman/one:${format}`)
    t.equal(await docker(...run, `${registry.host}/podman/one:${format}`), 'one')
  }
})

await t.test('one registry is piped into another', async (t) => {
  const other = await startRegistry(t)
  const node = `env -u NODE_OPTIONS -u NODE_V8_COVERAGE ${process.execPath} ${mainPath}`
  const there = `--root ${other.root} --port ${other.url.split(':').at(-1)}`
  const pipe = `${node} export tools/one:1 -o - ${place.join(' ')} | ${node} import - ${there}`
  t.match(
    (await must('bash', ['-c', pipe])).stdout,
    `tools/one:1 ${await digestIn('tools/one:1')}: `,
  )
})

await t.test('docker loads what is exported', async (t) => {
  const file = `${directory}/exported.tar`
  const prefix = ['--prefix', 'registry.example.com']
  const { code, stderr } = await layerhouse(
    'export',
    'tools/one:1',
    '-o',
    file,
    ...prefix,
    ...place,
  )
  t.same([code, stderr], [0, ''])
  t.match(await docker('load', '-i', file), 'registry.example.com/tools/one:1')
  t.equal(await docker(...run, 'registry.example.com/tools/one:1'), 'one')
})

await t.test('skopeo reads it as an archive of either kind', async (t) => {
  const file = await download('ref=tools/one:1', 'one.tar')
  t.equal(
    sha256(await skopeo('inspect', '--raw', `oci-archive:${file}`)),
    await digestIn('tools/one:1'),
  )
  await skopeo('copy', `docker-archive:${file}`, `dir:${directory}/from-docker-archive`)
  const several = await download('ref=team/tool:amd64&ref=team/tool:arm64', 'several.tar')
  for (const [at, tag] of ['amd64', 'arm64'].entries()) {
    await skopeo('copy', `oci-archive:${several}:${tag}`, `dir:${directory}/${tag}`)
    const copied = await readFile(`${directory}/${tag}/manifest.json`)
    t.equal(sha256(copied), layout.images[at]?.digest)
    await skopeo('copy', `docker-archive:${several}:team/tool:${tag}`, `dir:${directory}/d-${tag}`)
  }
})

await t.test('containerd imports all platforms', async (t) => {
  const file = await download('repo=team/tool&tag=all', 'all.tar')
  await ctr('images', 'import', '--snapshotter', 'native', '--all-platforms', file)
  const listed = await ctr('images', 'list', 'name==docker.io/team/tool:all')
  t.match(listed, layout.index)
})

await t.test('one platform is exported by itself', async (t) => {
  const file = await download('ref=team/tool:all&platform=linux/arm64', 'arm64.tar')
  t.equal(sha256(await skopeo('inspect', '--raw', `oci-archive:${file}`)), layout.images[1]?.digest)
})

/** An image whose layer is compressed with zstd, in the registry; gives its digest. */
async function pushZstd(name: string, tag: string): Promise<string> {
  const repository = { address: `${registry.url}/v2/${name}` }
  const { stdout } = await must('bash', ['-c', `zstd -qc '${directory}/layer.tar' | base64 -w0`])
  const layer = Buffer.from(stdout, 'base64')
  const diffId = sha256(await readFile(`${directory}/layer.tar`))
  const rootfs = { type: 'layers', diff_ids: [diffId] }
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs }))
  const type = 'application/vnd.oci.image'
  const describe = async (mediaType: string, bytes: Buffer) => {
    const digest = await pushBlob(repository, bytes)
    return { mediaType, digest, size: bytes.length }
  }
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: `${type}.manifest.v1+json`,
    config: await describe(`${type}.config.v1+json`, config),
    layers: [await describe(`${type}.layer.v1.tar+zstd`, layer)],
  })
  const headers = { 'content-type': `${type}.manifest.v1+json`, connection: 'close' }
  const url = `${repository.address}/manifests/${tag}`
  const { status } = await fetch(url, { method: 'PUT', headers, body })
  t.equal(status, 201)
  return sha256(body)
}

await t.test('layers that are compressed with zstd go out and in unchanged', async (t) => {
  const digest = await pushZstd('team/zstd', '1')
  const file = await download('ref=team/zstd:1', 'zstd.tar')
  const [imported] = (await send(`${api}/imports?repo=other/zstd&tag=1`, '-T', file)).images
  t.equal(imported?.digest, digest)
  await podman('load', '-i', file)
  t.equal(await podman('image', 'inspect', '--format', '{{.Os}}', 'team/zstd:1'), 'linux')
})

await t.test('an archive without what the other side has is taken only there', async (t) => {
  await buildImage(docker, `${directory}/two`, 'tools/two:1', { greeting: 'two\n' })
  const saved = `${directory}/two.tar`
  await docker('save', '-o', saved, 'tools/two:1')
  await send(`${api}/imports?repo=tools/one&tag=2`, '-T', saved)
  const file = await download('ref=tools/one:2&since=tools/one:1', 'part.tar')
  const whole = await download('ref=tools/one:2', 'whole.tar')
  const size = async (path: string) => (await readFile(path)).length
  t.ok((await size(file)) * 10 < (await size(whole)), 'it is small')
  const [image] = (await send(`${api}/imports?repo=copy/one&tag=2`, '-T', file)).images
  t.equal(image?.digest, await digestIn('tools/one:2'))

  const elsewhere = await startRegistry(t)
  const { status, body } = await curl('-T', file, `${elsewhere.url}/api/v1/imports`)
  t.equal(status, 422)
  t.match(JSON.parse(body), { code: 'ARCHIVE_INVALID', params: { missing: [/^sha256:/] } })
  t.same(await elsewhere.uploads(), [])
})
