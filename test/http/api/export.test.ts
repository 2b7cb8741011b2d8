import t from 'tap'
import { extract } from 'tar-stream'
import { ociIndex } from '../../../src/oci/media-types.ts'
import { dockerSave, ociEntries, ociParts, tarOf } from '../../helpers/archives.ts'
import type { Answer, Client } from '../../helpers/client.ts'
import {
  contentOf,
  descriptor,
  imageOf,
  pushBlob,
  pushImage,
  pushManifest,
  randomContent,
} from '../../helpers/push.ts'
import { startRegistry } from '../../helpers/registry.ts'

/** Entries of a tar: path to bytes. */
async function entriesOf({ status, headers, body, text }: Answer): Promise<Map<string, Buffer>> {
  if (status !== 200) throw new Error(`export: ${status} ${text}`)
  t.equal(Number(headers['content-length']), body.length, 'the length was told before')
  const reader = extract()
  reader.end(body)
  const entries = new Map<string, Buffer>()
  for await (const entry of reader) {
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    entries.set(entry.header.name, Buffer.concat(chunks))
  }
  return entries
}

async function exported(request: Client, query: string) {
  return entriesOf(await request('GET', `/api/v1/images/export?${query}`))
}

function json<T>(entries: ReadonlyMap<string, Buffer>, path: string): T {
  return JSON.parse(String(entries.get(path))) as T
}

const pathOf = (digest: string) => `blobs/${digest.replace(':', '/')}`

t.test('one archive speaks to Docker, to containerd and to OCI clients', async (t) => {
  const { request } = await startRegistry(t)
  const { contents, manifest, layer, config } = await ociParts()
  const archive = await tarOf(ociEntries(contents, [{ content: manifest, name: 'team/app:1' }]))
  await request('PUT', '/api/v1/imports', { body: archive })
  await pushManifest(request, 'team/app', 'latest', manifest)

  const entries = await exported(request, 'repo=team/app&tag=1&ref=team/app')
  t.same(
    [...entries.keys()],
    [
      ...['oci-layout', 'index.json', 'manifest.json', 'blobs/', 'blobs/sha256/'],
      ...[manifest, config, layer].map(({ digest }) => pathOf(digest)),
    ],
  )
  for (const { digest, bytes } of contents) t.ok(entries.get(pathOf(digest))?.equals(bytes))
  t.same(json(entries, 'manifest.json'), [
    {
      Config: pathOf(config.digest),
      RepoTags: ['team/app:1', 'team/app:latest'],
      Layers: [pathOf(layer.digest)],
    },
  ])
  const named = (tag: string) => ({
    ...descriptor(manifest, 'application/vnd.oci.image.manifest.v1+json'),
    annotations: {
      'io.containerd.image.name': `docker.io/team/app:${tag}`,
      'org.opencontainers.image.ref.name': tag,
    },
  })
  t.match(json(entries, 'index.json'), { manifests: [named('1'), named('latest')] })
  const prefixed = await exported(request, 'ref=team/app:1&prefix=registry.example.com:5000')
  t.match(json(prefixed, 'manifest.json'), [{ RepoTags: ['registry.example.com:5000/team/app:1'] }])
})

async function pushPlatforms(request: Client) {
  const images = []
  const manifests = []
  for (const architecture of ['amd64', 'arm64']) {
    const { config, layers } = await pushImage(request, 'team/app', architecture)
    const image = imageOf(config, layers)
    images.push(image)
    manifests.push({ ...descriptor(image, ''), platform: { os: 'linux', architecture } })
  }
  const absent = {
    ...descriptor(randomContent(), ''),
    platform: { os: 'linux', architecture: 's390x' },
  }
  const list = [...manifests, absent].map((entry) => ({
    ...entry,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
  }))
  const index = contentOf(
    JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: list }),
  )
  await pushManifest(request, 'team/app', 'all', index, ociIndex)
  return { index, images }
}

t.test('an index goes out with the images that are here, or with one', async (t) => {
  const { request } = await startRegistry(t, {
    env: { LAYERHOUSE_MANIFESTS_REQUIRE_CHILDREN: 'false' },
  })
  const { index, images } = await pushPlatforms(request)
  const all = await exported(request, 'ref=team/app:all')
  for (const { digest } of [index, ...images]) t.ok(all.has(pathOf(digest)), digest)
  t.match(json(all, 'index.json'), { manifests: [{ digest: index.digest }] })
  t.equal(json<unknown[]>(all, 'manifest.json').length, 1)

  const one = await exported(request, 'ref=team/app:all&platform=linux/arm64')
  t.match(json(one, 'index.json'), { manifests: [{ digest: images[1]?.digest }] })
  t.notOk(one.has(pathOf(images[0]?.digest ?? '')))
  const none = await request('GET', '/api/v1/images/export?ref=team/app:all&platform=linux/riscv64')
  t.match(none.json(), { status: 404, code: 'MANIFEST_UNKNOWN' })
})

t.test('what the other side has is left out, and the rest can be imported there', async (t) => {
  const here = await startRegistry(t)
  const there = await startRegistry(t)
  const base = await pushImage(here.request, 'team/app', '1')
  const layer = await pushBlob(here.request, 'team/app', randomContent(2000))
  const next = imageOf(base.config, [...base.layers, layer])
  await pushManifest(here.request, 'team/app', '2', next)
  const get = (query: string) => here.request('GET', `/api/v1/images/export?${query}`)

  const first = await get('ref=team/app:1')
  await there.request('POST', '/api/v1/imports', { body: first.body })
  const part = await get('ref=team/app:2&since=team/app:1')
  const entries = await entriesOf(part)
  t.ok(entries.has(pathOf(layer.digest)))
  t.notOk(entries.has(pathOf(base.layers[0]?.digest ?? '')))
  t.notOk(entries.has('manifest.json'), 'Docker is not told of what it can not load')
  const taken = await there.request('POST', '/api/v1/imports', { body: part.body })
  t.match(taken.json(), {
    images: [{ reference: 'team/app:2', newBytes: 2000, existingBytes: 576 }],
  })
  const pulled = await there.request('GET', '/v2/team/app/manifests/2')
  t.ok(pulled.body.equals(next.bytes))
})

t.test('artifacts and digests of both kinds go out and come back', async (t) => {
  const { request } = await startRegistry(t)
  const config = await pushBlob(request, 'team/art', contentOf('{}'))
  const long = await pushBlob(request, 'team/art', randomContent(70_000, 'sha512'))
  const manifest = imageOf(config, [long], { artifactType: 'application/vnd.example' })
  await pushManifest(request, 'team/art', '1', manifest)
  const answer = await request('GET', '/api/v1/images/export?ref=team/art:1')
  const entries = await entriesOf(answer)
  t.ok(entries.get(pathOf(long.digest))?.equals(long.bytes))
  const back = await request('POST', '/api/v1/imports?repo=other/art', { body: answer.body })
  t.match(back.json(), { images: [{ reference: 'other/art:1', digest: manifest.digest }] })
})

t.test('HEAD tells type and length alone', async (t) => {
  const { request } = await startRegistry(t)
  await pushImage(request, 'team/app', '1')
  const head = await request('HEAD', '/api/v1/images/export?ref=team/app:1')
  const get = await request('GET', '/api/v1/images/export?ref=team/app:1')
  t.equal(head.status, 200)
  for (const name of ['content-length', 'content-type', 'content-disposition']) {
    t.equal(head.headers[name], get.headers[name])
  }
  t.equal(get.headers['content-disposition'], 'attachment; filename="team-app-1.tar"')
})

const mistakes: Readonly<Record<string, { status: number; code: string }>> = {
  '': { status: 400, code: 'INVALID_PARAMETER' },
  'tag=1': { status: 400, code: 'INVALID_PARAMETER' },
  'ref=Team': { status: 400, code: 'NAME_INVALID' },
  'ref=team/none:1': { status: 404, code: 'MANIFEST_UNKNOWN' },
  'ref=team/app:1&since=team/none:1': { status: 404, code: 'MANIFEST_UNKNOWN' },
  'ref=team/app:1&prefix=a/b': { status: 400, code: 'INVALID_PARAMETER' },
}

t.test('what can not be meant is told instead of an archive', async (t) => {
  const { request } = await startRegistry(t)
  await pushImage(request, 'team/app', '1')
  for (const [query, expected] of Object.entries(mistakes)) {
    const answer = await request('GET', `/api/v1/images/export?${query}`)
    t.match(answer.json(), expected, query)
  }
})

interface FormPart {
  readonly name: string
  readonly text: Buffer | string
}

function formOf(parts: readonly FormPart[], end = '--b--\r\n'): Buffer {
  const pieces = parts.map(({ name, text }) => {
    const file = Buffer.isBuffer(text) ? '; filename="a.tar"' : ''
    const head = `--b\r\ncontent-disposition: form-data; name="${name}"${file}\r\n\r\n`
    return Buffer.concat([Buffer.from(head), Buffer.from(text), Buffer.from('\r\n')])
  })
  return Buffer.concat([...pieces, Buffer.from(end)])
}

t.test('a form brings name and archive, in this order', async (t) => {
  const { request } = await startRegistry(t)
  const archive = await tarOf((await dockerSave()).entries)
  const headers = { 'content-type': 'multipart/form-data; boundary=b' }
  const post = (parts: readonly FormPart[], query = '', end?: string) =>
    request('POST', `/api/v1/imports${query}`, { headers, body: formOf(parts, end) })
  const file = { name: 'file', text: archive }
  const repo = { name: 'repo', text: 'form/app' }
  const refused: Readonly<Record<string, readonly [FormPart[], RegExp, string?, string?]>> = {
    'a field after the file': [[file, repo], /"repo" must stand before the file/],
    'no file': [[repo], /no file/],
    'a file elsewhere': [[{ name: 'other', text: archive }], /in the field "file"/],
    'two files': [[file, file], /form is not what is wanted|before the file/],
    'a field twice': [[repo, repo, file], /twice/],
    'an unknown field': [[{ name: 'color', text: 'x' }, file], /"color" is not known/],
    'no name for a repository': [[{ name: 'repo', text: 'A' }, file], /"repo" must be/],
    'another name in the query': [[repo, file], /one thing in the query/, '?repo=other/app'],
    'a form that is cut off': [[repo, file], /form is broken or cut off/, '', ''],
  }
  for (const [name, [parts, detail, query, end]] of Object.entries(refused)) {
    t.match((await post(parts, query, end)).json(), { status: 400, detail }, name)
  }
  const none = await request('GET', '/v2/_catalog')
  t.same(none.json<{ repositories: string[] }>().repositories, [], 'nothing of it was taken')
  const taken = await post([repo, { name: 'tag', text: '9' }, file], '?repo=form/app')
  t.match(taken.json(), { images: [{ reference: 'form/app:9' }] })
})

t.test('an import needs a body', async (t) => {
  const { request } = await startRegistry(t)
  t.match((await request('POST', '/api/v1/imports')).json(), { status: 400, code: 'INVALID_BODY' })
})
