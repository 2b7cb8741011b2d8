import { Readable } from 'node:stream'
import t from 'tap'
import { dockerImage, dockerList, ociImage, ociIndex } from '../../src/oci/media-types.ts'
import { codesOf } from '../helpers/client.ts'
import {
  contentOf,
  descriptor,
  imageOf,
  indexOf,
  pushBlob,
  pushImage,
  pushManifest,
  randomContent,
} from '../helpers/push.ts'
import { startRegistry } from '../helpers/registry.ts'

t.test('a manifest comes back byte for byte, with its type', async (t) => {
  const { request } = await startRegistry(t)
  const config = await pushBlob(request, 'a', randomContent(10))
  const image = imageOf(config, [])
  const types = [ociImage, dockerImage]
  for (const mediaType of types) {
    const text = image.bytes.toString().replace(ociImage, mediaType)
    const manifest = contentOf(`${text}\n  \t`)
    await pushManifest(request, 'a', 'v1', manifest, mediaType)
    for (const reference of ['v1', manifest.digest]) {
      const get = await request('GET', `/v2/a/manifests/${reference}`)
      t.ok(get.body.equals(manifest.bytes))
      const head = await request('HEAD', `/v2/a/manifests/${reference}`)
      for (const { status, headers } of [get, head]) {
        t.equal(status, 200)
        t.equal(headers['content-type'], mediaType)
        t.equal(headers['content-length'], String(manifest.size))
        t.equal(headers['docker-content-digest'], manifest.digest)
        t.equal(headers.etag, `"${manifest.digest}"`)
      }
      const again = await request('GET', `/v2/a/manifests/${reference}`, {
        headers: { 'if-none-match': `"${manifest.digest}"` },
      })
      t.equal(again.status, 304)
      t.equal(again.headers['docker-content-digest'], manifest.digest)
    }
  }
})

t.test('the answer to a push', async (t) => {
  const { request } = await startRegistry(t)
  const { manifest } = await pushImage(request, 'a', 'v1')
  const put = (reference: string, body: Buffer | Readable = manifest.bytes) =>
    request('PUT', `/v2/a/manifests/${reference}`, { headers: { 'content-type': ociImage }, body })
  const byTag = await put('v2')
  t.equal(byTag.status, 201)
  t.equal(byTag.headers.location, '/v2/a/manifests/v2')
  t.equal(byTag.headers['docker-content-digest'], manifest.digest)
  t.equal(byTag.headers['oci-subject'], undefined)
  const byDigest = await put(manifest.digest)
  t.equal(byDigest.headers.location, `/v2/a/manifests/${manifest.digest}`)
  const chunked = await put('v3', Readable.from([manifest.bytes]))
  t.equal(chunked.status, 201, 'without a length')
})

t.test('by digest it must be that digest', async (t) => {
  const { request } = await startRegistry(t)
  const { manifest } = await pushImage(request, 'a', 'v1')
  const bytes = Buffer.concat([manifest.bytes, Buffer.from('  ')])
  const answer = await request('PUT', `/v2/a/manifests/${manifest.digest}`, { body: bytes })
  t.equal(answer.status, 400)
  t.same(codesOf(answer), ['DIGEST_INVALID'])
  const sha512 = contentOf(manifest.bytes, 'sha512')
  t.equal(
    (await request('PUT', `/v2/a/manifests/${sha512.digest}`, { body: manifest.bytes })).status,
    201,
  )
  const get = await request('GET', `/v2/a/manifests/${sha512.digest}`)
  t.equal(get.headers['docker-content-digest'], sha512.digest)
})

t.test('several tags in one push', async (t) => {
  const { request } = await startRegistry(t)
  const { manifest } = await pushImage(request, 'a', 'v1')
  const sha512 = contentOf(manifest.bytes, 'sha512')
  const put = (path: string) =>
    request('PUT', `/v2/a/manifests/${path}`, {
      headers: { 'content-type': ociImage },
      body: manifest.bytes,
    })
  const answer = await put(`${sha512.digest}?tag=x&tag=y&tag=x`)
  t.equal(answer.status, 201)
  const names = answer.rawHeaders.filter((_, at) => at % 2 === 0)
  const tags = answer.rawHeaders.filter(
    (_, at) => at % 2 === 1 && names[(at - 1) / 2]?.toLowerCase() === 'oci-tag',
  )
  t.same(tags, ['x', 'y'], 'one header a tag')
  const get = await request('GET', '/v2/a/manifests/y')
  t.equal(get.headers['docker-content-digest'], sha512.digest, 'the tag keeps the algorithm')

  const bad = await put(`${sha512.digest}?tag=ok&tag=-bad`)
  t.same(codesOf(bad), ['TAG_INVALID'])
  t.equal((await request('GET', '/v2/a/manifests/ok')).status, 404, 'all or none')
  const onTag = await put('v1?tag=z')
  t.equal(onTag.status, 400)
  const many = Array.from({ length: 101 }, (_, n) => `tag=t${n}`).join('&')
  t.equal((await put(`${sha512.digest}?${many}`)).status, 414)
})

t.test('content must be in the repository first', async (t) => {
  const { request } = await startRegistry(t)
  const config = await pushBlob(request, 'a', randomContent(10))
  const elsewhere = await pushBlob(request, 'b', randomContent(10))
  const missing = randomContent(10)
  const manifest = imageOf(config, [elsewhere, missing, missing])
  const answer = await request('PUT', '/v2/a/manifests/v1', { body: manifest.bytes })
  t.equal(answer.status, 400)
  t.match(answer.json(), {
    errors: [
      { code: 'MANIFEST_BLOB_UNKNOWN', detail: { digest: elsewhere.digest } },
      { code: 'MANIFEST_BLOB_UNKNOWN', detail: { digest: missing.digest } },
    ],
  })
  t.equal((await request('GET', '/v2/a/manifests/v1')).status, 404)
  const catalog = await request('GET', '/v2/_catalog')
  t.same(catalog.json(), { repositories: [] }, 'a repository without manifests is not listed')

  const foreign = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'
  const ok = imageOf(config, [], {
    layers: [
      { ...descriptor(missing, foreign) },
      { ...descriptor(missing, 'x/y'), urls: ['https://x/'] },
    ],
  })
  await pushManifest(request, 'a', 'foreign', ok)
})

t.test('what may be missing is a setting', async (t) => {
  const lenient = await startRegistry(t, { env: { LAYERHOUSE_MANIFESTS_REQUIRE_BLOBS: 'false' } })
  await pushManifest(lenient.request, 'a', 'v1', imageOf(randomContent(), [randomContent()]))
  const strict = await startRegistry(t, { env: { LAYERHOUSE_MANIFESTS_REQUIRE_CHILDREN: 'true' } })
  const child = imageOf(randomContent(), [])
  const body = indexOf([child]).bytes
  const answer = await strict.request('PUT', '/v2/a/manifests/v1', { body })
  t.same(codesOf(answer), ['MANIFEST_BLOB_UNKNOWN'])
  const { request } = await startRegistry(t)
  await pushManifest(request, 'a', 'v1', indexOf([child]), ociIndex)
})

t.test('an index may list blobs, as a build cache does', async (t) => {
  const { request } = await startRegistry(t, {
    env: { LAYERHOUSE_MANIFESTS_REQUIRE_CHILDREN: 'true' },
  })
  const layer = await pushBlob(request, 'a', randomContent())
  const manifests = [descriptor(layer, 'application/vnd.oci.image.layer.v1.tar+gzip')]
  await pushManifest(request, 'a', 'cache', indexOf([], { manifests }), ociIndex)
})

t.test('bad manifests are refused and change nothing', async (t) => {
  const { request } = await startRegistry(t)
  const { manifest } = await pushImage(request, 'a', 'v1')
  const text = manifest.bytes.toString()
  const cases: readonly (readonly [string, string, number, string])[] = [
    ['', ociImage, 400, 'MANIFEST_INVALID'],
    ['{', ociImage, 400, 'MANIFEST_INVALID'],
    [text, dockerImage, 400, 'MANIFEST_INVALID'],
    [text, 'application/vnd.docker.distribution.manifest.v1+prettyjws', 400, 'MANIFEST_INVALID'],
    [text.replace('{', '{"manifests":[],'), ociImage, 400, 'MANIFEST_INVALID'],
    [`{"schemaVersion":2,"x":${'['.repeat(2_000_000)}`, ociImage, 400, 'MANIFEST_INVALID'],
    [text + ' '.repeat(4 * 1024 * 1024), ociImage, 413, 'SIZE_INVALID'],
  ]
  for (const [body, type, status, code] of cases) {
    const answer = await request('PUT', '/v2/a/manifests/v1', {
      headers: { 'content-type': type },
      body,
    })
    t.equal(answer.status, status, body.slice(0, 40))
    t.same(codesOf(answer), [code])
  }
  const get = await request('GET', '/v2/a/manifests/v1')
  t.equal(get.headers['docker-content-digest'], manifest.digest)
})

t.test('the size limit is 4 MiB to the byte, with and without a length', async (t) => {
  const { request } = await startRegistry(t)
  const { manifest } = await pushImage(request, 'a', 'v1')
  const limit = 4 * 1024 * 1024
  const padded = (size: number) => Buffer.concat([manifest.bytes], size).fill(' ', manifest.size)
  for (const [size, status] of [
    [limit, 201],
    [limit + 1, 413],
  ] as const) {
    for (const body of [padded(size), Readable.from([padded(size)])]) {
      const headers = { 'content-type': ociImage }
      const answer = await request('PUT', '/v2/a/manifests/large', { headers, body })
      t.equal(answer.status, status, String(size))
    }
  }
})

t.test('a client that reads images alone gets one out of an index', async (t) => {
  const { request } = await startRegistry(t)
  const amd64 = (await pushImage(request, 'a', 'amd64')).manifest
  const arm64 = (await pushImage(request, 'a', 'arm64')).manifest
  const entry = (image: typeof amd64, architecture: string) => ({
    ...descriptor(image, ociImage),
    platform: { os: 'linux', architecture },
  })
  const manifests = [entry(arm64, 'arm64'), entry(amd64, 'amd64')]
  const index = await pushManifest(request, 'a', 'multi', indexOf([], { manifests }), ociIndex)
  await pushManifest(
    request,
    'a',
    'arm',
    indexOf([], { manifests: manifests.slice(0, 1) }),
    ociIndex,
  )

  const ask = (method: string, reference: string, accept?: string | string[]) =>
    request(method, `/v2/a/manifests/${reference}`, accept ? { headers: { accept } } : {})
  const whole: readonly (string | string[] | undefined)[] = [
    undefined,
    '*/*',
    `${ociImage}, */*;q=0.1`,
    [ociImage, ociIndex],
    `${ociImage}, application/json`,
    'application/*',
  ]
  for (const accept of whole) {
    const answer = await ask('GET', 'multi', accept)
    t.equal(answer.headers['docker-content-digest'], index.digest, String(accept))
  }
  for (const method of ['GET', 'HEAD']) {
    const answer = await ask(method, 'multi', `${ociImage}, ${dockerImage}`)
    t.equal(answer.status, 200)
    t.equal(answer.headers['docker-content-digest'], amd64.digest, method)
    t.equal(answer.headers['content-type'], ociImage)
    t.equal(answer.headers.vary, 'Accept')
    t.equal((await ask(method, 'arm', ociImage)).status, 404, 'no such platform')
    const byDigest = await ask(method, index.digest, ociImage)
    t.equal(byDigest.headers['docker-content-digest'], index.digest, 'a digest is a digest')
    const image = await ask(method, 'amd64', `${ociIndex}, ${dockerList}`)
    t.equal(image.headers['docker-content-digest'], amd64.digest, 'an image is given anyway')
  }
  t.match((await ask('GET', 'arm', ociImage)).text, /does not support OCI indexes/)
})

t.test('a DELETE may say that it has a JSON body and have none', async (t) => {
  const { request } = await startRegistry(t)
  await pushImage(request, 'a', 'v1')
  const headers = { 'content-type': 'application/json' }
  t.equal((await request('DELETE', '/v2/a/manifests/v1', { headers })).status, 202)
})

t.test('deleting by tag takes the tag, by digest all tags', async (t) => {
  const { request } = await startRegistry(t)
  const { manifest } = await pushImage(request, 'a', 'one')
  await pushManifest(request, 'a', 'two', manifest)
  await pushManifest(request, 'a', 'three', manifest)
  const other = await pushImage(request, 'a', 'other')
  const remove = (reference: string) => request('DELETE', `/v2/a/manifests/${reference}`)
  const tags = async () => (await request('GET', '/v2/a/tags/list')).json<{ tags: string[] }>().tags

  t.equal((await remove('two')).status, 202)
  t.same(await tags(), ['one', 'other', 'three'])
  t.equal((await remove('two')).status, 404)
  t.equal((await request('GET', `/v2/a/manifests/${manifest.digest}`)).status, 200)
  t.equal((await remove(manifest.digest)).status, 202)
  t.same(await tags(), ['other'])
  t.same(codesOf(await remove(manifest.digest)), ['MANIFEST_UNKNOWN'])
  t.equal((await remove(other.manifest.digest)).status, 202)
  t.same(await tags(), [], 'a repository without tags is still known')
})

t.test('deletion can be switched off, for tags too, and cancelling still works', async (t) => {
  const first = await startRegistry(t)
  const { manifest, layers } = await pushImage(first.request, 'a', 'v1')
  await first.stop()
  const { request } = await startRegistry(t, {
    root: first.root,
    env: { LAYERHOUSE_DELETE_ENABLED: 'false' },
  })
  const paths = [`manifests/v1`, `manifests/${manifest.digest}`, `blobs/${layers[0]?.digest}`]
  for (const path of paths) {
    const answer = await request('DELETE', `/v2/a/${path}`)
    t.equal(answer.status, 405, path)
    t.same(codesOf(answer), ['UNSUPPORTED'])
    t.equal(answer.headers.allow, path.startsWith('blobs') ? 'GET, HEAD' : 'GET, HEAD, PUT')
    t.equal((await request('HEAD', `/v2/a/${path}`)).status, 200, 'it is still there')
  }
  const upload = await request('POST', '/v2/a/blobs/uploads/')
  t.equal((await request('DELETE', String(upload.headers.location))).status, 204)
})

t.test('readers see the old or the new content of a tag, never none', async (t) => {
  const { request } = await startRegistry(t)
  const images = [await pushImage(request, 'a', 'x'), await pushImage(request, 'a', 'y')]
  const digests = new Set(images.map(({ manifest }) => manifest.digest))
  await pushManifest(request, 'a', 'moving', images[0]?.manifest as never)
  const moves = Array.from({ length: 40 }, (_, n) =>
    pushManifest(request, 'a', 'moving', images[n % 2]?.manifest as never),
  )
  const reads = Array.from({ length: 80 }, () => request('GET', '/v2/a/manifests/moving'))
  await Promise.all(moves)
  for (const answer of await Promise.all(reads)) {
    if (answer.status !== 200 || !digests.has(String(answer.headers['docker-content-digest']))) {
      t.fail(`${answer.status} ${answer.headers['docker-content-digest']}`)
    }
  }
  t.pass('80 reads during 40 moves')
})
