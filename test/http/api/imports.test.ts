import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { digestOf } from '../../../src/oci/digest.ts'
import { ociIndex } from '../../../src/oci/media-types.ts'
import { askApi } from '../../helpers/api.ts'
import { dockerSave, ociEntries, ociParts, tarOf, zstdOf } from '../../helpers/archives.ts'
import type { Client } from '../../helpers/client.ts'
import { contentOf, imageOf, indexOf, pushImage, randomContent } from '../../helpers/push.ts'
import { startRegistry } from '../../helpers/registry.ts'

interface Imported {
  readonly images: readonly {
    readonly reference: string
    readonly digest: string
    readonly newBytes: number
    readonly existingBytes: number
  }[]
}

async function send(request: Client, archive: Buffer, query = ''): Promise<Imported> {
  const answer = await askApi(request, 'PUT', `/imports${query}`, { body: archive })
  if (answer.status !== 200) throw new Error(`import: ${answer.status} ${answer.text}`)
  return answer.json<Imported>()
}

async function digestIn(request: Client, repository: string, reference: string) {
  const answer = await request('HEAD', `/v2/${repository}/manifests/${reference}`, {
    headers: { accept: '*/*' },
  })
  return answer.headers['docker-content-digest']
}

t.test('an archive of docker save becomes what a push would have made', async (t) => {
  const { request, root } = await startRegistry(t)
  const { layer, config, entries } = await dockerSave(['localhost:5000/team/app:1.2', 'app:2'])
  const [one, two] = (await send(request, await tarOf(entries))).images
  const pulled = await request('GET', '/v2/team/app/manifests/1.2', { headers: { accept: '*/*' } })
  const packed = gzipSync(layer, { level: 6 })
  t.equal(pulled.headers['content-type'], 'application/vnd.docker.distribution.manifest.v2+json')
  t.same(pulled.json(), {
    schemaVersion: 2,
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: config.size,
      digest: config.digest,
    },
    layers: [
      {
        mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
        size: packed.length,
        digest: digestOf(packed),
      },
    ],
  })
  const bytes = config.size + packed.length
  const digest = one?.digest
  t.match(one, { reference: 'team/app:1.2', newBytes: bytes, existingBytes: 0 })
  t.match(two, { reference: 'app:2', digest, newBytes: 0, existingBytes: bytes })
  const blob = await request('GET', `/v2/app/blobs/${digestOf(packed)}`)
  t.ok(blob.body.equals(packed))
  t.same(readdirSync(join(root, 'uploads')), [], 'nothing is left')
})

const ways: Readonly<Record<string, (archive: Buffer) => Buffer>> = {
  'as it is': (archive) => archive,
  'with gzip': (archive) => gzipSync(archive),
  'with gzip in two members': (archive) =>
    Buffer.concat([gzipSync(archive.subarray(0, 700)), gzipSync(archive.subarray(700))]),
  'with zstd': (archive) => zstdOf(archive),
  'with zstd in two frames': (archive) =>
    Buffer.concat([zstdOf(archive.subarray(0, 700)), zstdOf(archive.subarray(700))]),
}

t.test('manifests of an archive stay as they are, however it is compressed', async (t) => {
  const { request } = await startRegistry(t)
  for (const [at, [way, compress]] of Object.entries(ways).entries()) {
    const { contents, manifest, layer, config } = await ociParts(at)
    const archive = await tarOf(ociEntries(contents, [{ content: manifest, name: `v${at}` }]))
    const [image] = (await send(request, compress(archive), '?repo=team/app')).images
    t.match(image, {
      reference: `team/app:v${at}`,
      digest: manifest.digest,
      newBytes: layer.size + config.size,
    })
    const got = await request('GET', `/v2/team/app/manifests/v${at}`)
    t.ok(got.body.equals(manifest.bytes), way)
    const again = await send(request, compress(archive), '?repo=other/app&tag=1')
    t.match(again.images, [{ newBytes: 0, existingBytes: layer.size + config.size }], way)
  }
})

t.test('an index brings all its images, and what refers to them', async (t) => {
  const { request } = await startRegistry(t)
  const parts = [await ociParts(1), await ociParts(2)]
  const index = indexOf(parts.map(({ manifest }) => manifest))
  const subject = { mediaType: ociIndex, digest: index.digest, size: index.size }
  const note = randomContent(20)
  const signature = imageOf(note, [note], { subject })
  const contents = [...parts.flatMap((part) => part.contents), index, note, signature]
  const roots = [
    { content: index, name: 'docker.io/library/tool:1', type: ociIndex },
    { content: signature },
  ]
  const { images } = await send(request, await tarOf(ociEntries(contents, roots)))
  t.match(images, [{ reference: 'tool:1' }, { reference: `tool@${signature.digest}` }])
  t.equal(await digestIn(request, 'tool', '1'), index.digest)
  for (const { manifest } of parts) {
    t.equal(await digestIn(request, 'tool', manifest.digest), manifest.digest)
  }
  const referrers = await request('GET', `/v2/tool/referrers/${index.digest}`)
  t.match(referrers.json(), { manifests: [{ digest: signature.digest }] })
})

t.test('links of docker save and podman save lead to the layer they mean', async (t) => {
  const { request } = await startRegistry(t)
  const { entries } = await dockerSave()
  const { 'abc/layer.tar': layer = '', ...others } = entries
  for (const [kind, linkname] of [
    ['symlink', '../layers/one.tar'],
    ['link', 'layers/one.tar'],
  ] as const) {
    const linked = { 'abc/layer.tar': { type: kind, linkname }, 'layers/one.tar': layer, ...others }
    const { images } = await send(request, await tarOf(linked), `?repo=team/app&tag=${kind}`)
    t.equal(images.length, 1, kind)
  }
  t.equal(
    await digestIn(request, 'team/app', 'link'),
    await digestIn(request, 'team/app', 'symlink'),
  )
})

t.test('layers that are compressed already are taken as they are', async (t) => {
  const { request } = await startRegistry(t)
  const { layer, entries } = await dockerSave()
  for (const [tag, packed, type] of [
    ['gzip', gzipSync(layer, { level: 1 }), 'vnd.docker.image.rootfs.diff.tar.gzip'],
    ['zstd', zstdOf(layer), 'vnd.oci.image.layer.v1.tar+zstd'],
  ] as const) {
    const archive = await tarOf({ ...entries, 'abc/layer.tar': packed })
    await send(request, archive, `?repo=team/app&tag=${tag}`)
    const manifest = await request('GET', `/v2/team/app/manifests/${tag}`, {
      headers: { accept: '*/*' },
    })
    t.match(manifest.json(), {
      layers: [{ mediaType: `application/${type}`, digest: digestOf(packed) }],
    })
  }
})

t.test('what the registry has may be missing, and what nobody has may not', async (t) => {
  const { request } = await startRegistry(t)
  const base = await pushImage(request, 'team/base', '1')
  const config = contentOf('{"rootfs":{"type":"layers","diff_ids":[]}}')
  const manifest = imageOf(config, base.layers)
  const entries = ociEntries([config, manifest], [{ content: manifest, name: 'team/app:1' }])
  const { images } = await send(request, await tarOf(entries))
  t.match(images, [{ newBytes: config.size, existingBytes: base.layers[0]?.size }])
  const layers = await request('GET', `/v2/team/app/blobs/${base.layers[0]?.digest}`)
  t.equal(layers.status, 200)

  const other = imageOf(config, [randomContent()])
  const lacking = ociEntries([config, other], [{ content: other, name: 'team/app:2' }])
  const refused = await askApi(request, 'POST', '/imports', { body: await tarOf(lacking) })
  const [missing] = JSON.parse(other.bytes.toString()).layers
  t.match(refused.json(), {
    status: 422,
    code: 'ARCHIVE_INVALID',
    params: { missing: [missing.digest] },
  })
  t.equal(await digestIn(request, 'team/app', '2'), undefined)
})

t.test('rules hold for imports as for pushes', async (t) => {
  const { request, root } = await startRegistry(t)
  const put = (path: string, body: object) =>
    request('PUT', `/api/v1${path}`, {
      headers: { 'content-type': 'application/json', 'if-match': '*' },
      body: JSON.stringify(body),
    })
  const first = await tarOf((await dockerSave()).entries)
  const second = await tarOf((await dockerSave(['team/app:1.2'], 2)).entries)
  await send(request, first)
  const rule = { name: 'releases', repositories: ['team/*'], tags: ['*'] }
  const set = await put('/immutability', { rules: [rule] })
  t.equal(set.status, 200, set.text)
  const refused = await request('PUT', '/api/v1/imports', { body: second })
  t.match(refused.json(), { status: 403, code: 'DENIED', params: { reason: 'immutable' } })
  t.equal((await send(request, first)).images.length, 1, 'the same again is no change')

  const quota = { name: 'small', repositories: ['tiny/*'], bytes: 100 }
  const limited = await put('/quotas', { rules: [quota] })
  t.equal(limited.status, 200, limited.text)
  const full = await request('PUT', '/api/v1/imports?repo=tiny/app', { body: second })
  t.match(full.json(), { status: 403, code: 'DENIED', params: { reason: 'quota' } })
  t.same(readdirSync(join(root, 'uploads')), [])
  const history = await request('GET', '/api/v1/tags/history?repo=team/app&tag=1.2')
  t.equal(history.json<{ items: unknown[] }>().items.length, 1)
})

t.test('an image that exceeds a quota leaves the images before it', async (t) => {
  const { request } = await startRegistry(t)
  const put = (bytes: number) =>
    request('PUT', '/api/v1/quotas', {
      headers: { 'content-type': 'application/json', 'if-match': '*' },
      body: JSON.stringify({ rules: [{ name: 'small', repositories: ['tiny/*'], bytes }] }),
    })
  const parts = [await ociParts(1), await ociParts(2)]
  const roots = parts.map(({ manifest: content }, at) => ({ content, name: `tiny/app:${at}` }))
  const contents = parts.flatMap((part) => part.contents)
  const archive = await tarOf(ociEntries(contents, roots))
  t.equal((await put(5000)).status, 200)
  const refused = await request('PUT', '/api/v1/imports', { body: archive })
  t.match(refused.json(), { status: 403, code: 'DENIED', params: { reason: 'quota' } })
  const digests = parts.map(({ manifest }) => manifest.digest)
  const stored = async () => [
    await digestIn(request, 'tiny/app', '0'),
    await digestIn(request, 'tiny/app', '1'),
  ]
  t.strictSame(await stored(), [digests[0], undefined])
  t.equal((await put(50_000)).status, 200)
  t.equal((await send(request, archive)).images.length, 2)
  t.strictSame(await stored(), digests)
})
