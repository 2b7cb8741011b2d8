import t from 'tap'
import { ociIndex } from '../../../src/oci/media-types.ts'
import { askApi, getApi, type ProblemDocument, walkApi } from '../../helpers/api.ts'
import type { Client } from '../../helpers/client.ts'
import {
  type Content,
  contentOf,
  descriptor,
  imageOf,
  pushBlob,
  pushImage,
  pushManifest,
  randomContent,
} from '../../helpers/push.ts'
import { startRegistry } from '../../helpers/registry.ts'

interface Named {
  readonly name: string
}

const imageType = 'application/vnd.oci.image.manifest.v1+json'

/** An index of images for linux on these architectures, which share their first layer. */
async function pushIndex(request: Client, repository: string, tag: string, cpus: string[]) {
  const base = await pushBlob(request, repository, randomContent(1000))
  const images: Content[] = []
  for (const _ of cpus) {
    const config = await pushBlob(request, repository, randomContent(50))
    const image = imageOf(config, [base])
    images.push(await pushManifest(request, repository, image.digest, image))
  }
  const manifests = images.map((image, at) => ({
    ...descriptor(image, imageType),
    platform: { os: 'linux', architecture: cpus[at] },
  }))
  const index = contentOf(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests }))
  await pushManifest(request, repository, tag, index, ociIndex)
  return { base, images, index }
}

t.test('tags tell what one gets who pulls them', async (t) => {
  const { request } = await startRegistry(t)
  const { base, images, index } = await pushIndex(request, 'team/app', 'multi', ['amd64', 'arm64'])
  await pushManifest(request, 'team/app', 'same', index, ociIndex)
  const { manifest, config, layers } = await pushImage(request, 'team/app', 'single')
  for (const artifactType of ['application/spdx+json', 'application/vnd.in-toto+json', 'x/y']) {
    const subject = descriptor(index, ociIndex)
    await pushImage(request, 'team/app', `ref-${artifactType.length}`, { artifactType, subject })
  }
  const { items } = await getApi<{ items: Named[] }>(request, '/tags?repo=team/app')
  const tags = new Map(items.map((item) => [item.name, item]))
  t.same([...tags.keys()], ['multi', 'ref-21', 'ref-28', 'ref-3', 'same', 'single'])
  const own = images.map((image) => image.size + 50)
  t.match(tags.get('multi'), {
    digest: index.digest,
    mediaType: ociIndex,
    kind: 'index',
    size: index.size + base.size + (own[0] as number) + (own[1] as number),
    sameDigest: ['same'],
    referrers: { signature: 0, sbom: 1, attestation: 1, other: 1 },
    platforms: [
      { platform: 'linux/amd64', digest: images[0]?.digest, size: base.size + (own[0] as number) },
      { platform: 'linux/arm64', digest: images[1]?.digest, size: base.size + (own[1] as number) },
    ],
  })
  const size = manifest.size + config.size + (layers[0]?.size ?? 0)
  t.match(tags.get('single'), { kind: 'image', size, platforms: [], sameDigest: [] })
  t.match(tags.get('ref-3'), { kind: 'artifact' })
})

t.test('tags are walked by name and by time, and found by a part of their name', async (t) => {
  const { request } = await startRegistry(t)
  for (const tag of ['v2', 'v10', 'rc1', 'V1']) await pushImage(request, 'team/app', tag)
  const cases = {
    '': ['V1', 'rc1', 'v10', 'v2'],
    '&sort=-name': ['v2', 'v10', 'rc1', 'V1'],
    '&q=v': ['v10', 'v2'],
    '&q=c&sort=-name': ['rc1'],
    '&q=%25': [],
  }
  for (const [query, names] of Object.entries(cases)) {
    for (const limit of [1, 3, 200]) {
      const path = `/tags?repo=team/app&limit=${limit}${query}`
      const found = await walkApi<Named>(request, path)
      t.same(
        found.map(({ name }) => name),
        names,
        path,
      )
    }
  }
  const byTime = await walkApi<Named & { pushedAt: string }>(
    request,
    '/tags?repo=team/app&limit=1&sort=-pushedAt',
  )
  t.equal(byTime.length, 4)
  const times = byTime.map(({ pushedAt }) => pushedAt)
  t.same(times, times.toSorted().toReversed())
  t.match(times[0], /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
})

t.test('manifests tell what they are reached from', async (t) => {
  const { request } = await startRegistry(t)
  const { images, index } = await pushIndex(request, 'team/app', 'v1', ['amd64'])
  const child = images[0]?.digest
  const path = '/manifests?repo=team/app'
  const [untagged] = await walkApi(request, `${path}&tagged=false`)
  t.match(untagged, {
    digest: child,
    kind: 'image',
    reachableFrom: { tags: [], indexes: [index.digest] },
  })
  const [tagged] = await walkApi(request, `${path}&tagged=true`)
  t.match(tagged, { digest: index.digest, kind: 'index', reachableFrom: { tags: ['v1'] } })
  const subject = descriptor(index, ociIndex)
  const signed = await pushImage(request, 'team/app', 'sig', { artifactType: 'x/sig', subject })
  const artifacts = await walkApi(request, `${path}&kind=artifact&limit=1`)
  t.match(artifacts, [
    { digest: signed.manifest.digest, artifactType: 'x/sig', subject: index.digest },
  ])
  t.equal((await walkApi(request, `${path}&limit=1&sort=createdAt`)).length, 3)
})

t.test('a reference is resolved to the manifest it means', async (t) => {
  const { request } = await startRegistry(t)
  const cpus = ['arm64', 'amd64', 'riscv64']
  const { images, index } = await pushIndex(request, 'team/app', 'v1', cpus)
  const [arm, amd] = images.map(({ digest }) => digest)
  const { manifest } = await pushImage(request, 'team/app', 'latest')
  const indexDigest = index.digest
  const resolve = async (query: string) => getApi<object>(request, `/images/resolve?ref=${query}`)
  const found = { repo: 'team/app', tag: 'v1', indexDigest }
  const preset = { ...found, digest: amd, platform: 'linux/amd64' }
  t.same(await resolve('team/app:v1'), preset)
  t.same(await resolve(`team/app:v1@${indexDigest}`), preset)
  t.same(await resolve('team/app:v1&platform=linux/arm64'), {
    ...found,
    digest: arm,
    platform: 'linux/arm64',
  })
  const single = { repo: 'team/app', tag: 'latest', digest: manifest.digest }
  t.same(await resolve('team/app'), single, 'latest, where nothing is said')
  t.same(await resolve(`team/app@${amd}`), { repo: 'team/app', digest: amd })

  const zeros = `sha256:${'0'.repeat(64)}`
  const cases: readonly (readonly [ref: string, status: number, code: string])[] = [
    ['team/app:v1&platform=linux/s390x', 404, 'MANIFEST_UNKNOWN'],
    ['team/app:nothing', 404, 'MANIFEST_UNKNOWN'],
    [`team/app@${zeros}`, 404, 'MANIFEST_UNKNOWN'],
    ['Team/app', 400, 'NAME_INVALID'],
    ['team/app:-', 400, 'TAG_INVALID'],
    ['team/app@sha256:1', 400, 'DIGEST_INVALID'],
    [`team/app@${zeros}@${zeros}`, 400, 'DIGEST_INVALID'],
    ['', 400, 'NAME_INVALID'],
  ]
  for (const [ref, status, code] of cases) {
    const answer = await askApi(request, 'GET', `/images/resolve?ref=${ref}`)
    t.match(answer.json(), { status, code }, ref)
  }
  const missing = await askApi(request, 'GET', '/images/resolve?ref=team/app:v1&platform=plan9/x')
  const { params } = missing.json<ProblemDocument>()
  t.same(params, { indexDigest, platforms: cpus.map((cpu) => `linux/${cpu}`) })
})

t.test('a layer tells its facts and, page by page, its users', async (t) => {
  const { request } = await startRegistry(t)
  const layer = await pushBlob(request, 'a', randomContent(700))
  const config = await pushBlob(request, 'a', randomContent(70))
  for (const tag of ['v1', 'v2', 'v3']) {
    const image = imageOf(config, [layer], { annotations: { tag } })
    await pushManifest(request, 'a', tag, image)
  }
  await request('POST', `/v2/b/blobs/uploads/?mount=${layer.digest}&from=a`)
  const facts = await getApi(request, `/layers/${layer.digest}`)
  t.match(facts, { digest: layer.digest, size: 700, repositories: 2, manifests: 3 })
  const users = await walkApi(request, `/layers/${layer.digest}/users?limit=1`)
  t.match(users, [
    { repo: 'a', tags: ['v1'] },
    { repo: 'a', tags: ['v2'] },
    { repo: 'a', tags: ['v3'] },
  ])
  for (const path of ['', '/users']) {
    const unknown = await askApi(request, 'GET', `/layers/${randomContent().digest}${path}`)
    t.match(unknown.json(), { status: 404, code: 'BLOB_UNKNOWN' })
  }
  const long = randomContent(10, 'sha512')
  await pushBlob(request, 'a', long)
  t.match(await getApi(request, `/layers/${long.digest}`), { size: 10, manifests: 0 })
})

t.test('a repository tells how much it holds, an unknown one that it is unknown', async (t) => {
  const { request } = await startRegistry(t)
  const { manifest } = await pushImage(request, 'team/app', 'v1')
  await pushManifest(request, 'team/app', 'v2', manifest)
  t.match(await getApi(request, '/repo?repo=team/app'), {
    name: 'team/app',
    tagCount: 2,
    manifestCount: 1,
    createdAt: /Z$/,
  })
  for (const path of ['/repo?', '/tags?', '/manifests?']) {
    const answer = await askApi(request, 'GET', `${path}repo=nobody`)
    t.match(answer.json(), { status: 404, code: 'NAME_UNKNOWN', params: { name: 'nobody' } }, path)
  }
})

t.test('the registry tells its version, switches and limits', async (t) => {
  const { request } = await startRegistry(t, { env: { LAYERHOUSE_DELETE_ENABLED: 'false' } })
  t.match(await getApi(request, '/meta'), {
    name: 'Layerhouse',
    version: /^\d+\.\d+\.\d+/,
    features: { delete: false },
    limits: { manifestBytes: 4 * 1024 * 1024, pageSize: 1000 },
  })
  t.match(await getApi(request, '/openapi.json'), { openapi: '3.1.1', paths: { '/tags': {} } })
})

t.test('several processes give the same answers', async (t) => {
  const { request } = await startRegistry(t, { env: { LAYERHOUSE_HTTP_WORKERS: '2' } })
  await pushImage(request, 'team/app', 'v1')
  const answers = new Set<string>()
  for (let round = 0; round < 8; round++) {
    const headers = { connection: 'close' }
    answers.add((await request('GET', '/api/v1/tags?repo=team/app', { headers })).text)
  }
  t.equal(answers.size, 1)
})
