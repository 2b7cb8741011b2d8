import t from 'tap'
import { askApi, getApi, type ProblemDocument, walkApi } from '../../helpers/api.ts'
import type { Client } from '../../helpers/client.ts'
import { imageOf, pushBlob, pushImage, pushManifest, randomContent } from '../../helpers/push.ts'
import { startRegistry } from '../../helpers/registry.ts'

const json = { 'content-type': 'application/json' }

function post<Answer>(request: Client, path: string, body: object): Promise<Answer> {
  const sent = { headers: json, body: Buffer.from(JSON.stringify(body)) }
  return askApi(request, 'POST', path, sent).then((answer) => answer.json<Answer>())
}

/** Two images in two repositories that share a layer of 1000 bytes. */
async function pushShared(request: Client) {
  const shared = randomContent(1000)
  const own = { 'team/a': 300, 'team/b': 500 }
  const manifests = new Map<string, number>()
  for (const [repository, size] of Object.entries(own)) {
    await pushBlob(request, repository, shared)
    const config = await pushBlob(request, repository, randomContent(size))
    const manifest = await pushManifest(request, repository, 'v1', imageOf(config, [shared]))
    manifests.set(repository, manifest.size)
  }
  return { shared, sizeOf: (name: string) => manifests.get(name) ?? 0 }
}

interface Repository {
  readonly name: string
  readonly size: number
  readonly uniqueSize: number
  readonly sharedSize: number
  readonly tagCount: number
  readonly pulls: number
}

t.test('repositories tell what they hold, in every order', async (t) => {
  const { request } = await startRegistry(t)
  const { sizeOf } = await pushShared(request)
  await pushImage(request, 'other', 'v1')
  const all = await walkApi<Repository>(request, '/repos?limit=1')
  t.strictSame(
    all.map(({ name }) => name),
    ['other', 'team/a', 'team/b'],
  )
  t.match(all[1], {
    size: 1300 + sizeOf('team/a'),
    uniqueSize: 300 + sizeOf('team/a'),
    sharedSize: 1000,
    tagCount: 1,
    pulls: 0,
  })
  const names = async (query: string) =>
    (await walkApi<Repository>(request, `/repos?limit=1&${query}`)).map(({ name }) => name)
  t.strictSame(await names('sort=-size'), ['team/b', 'team/a', 'other'])
  t.strictSame(await names('sort=unique'), ['team/a', 'team/b', 'other'].sort(byUnique(all)))
  t.strictSame(await names('sort=-pushedAt'), ['other', 'team/b', 'team/a'])
  t.strictSame(await names('q=team'), ['team/a', 'team/b'])
})

function byUnique(all: readonly Repository[]) {
  const of = (name: string) => all.find((one) => one.name === name)?.uniqueSize ?? 0
  return (one: string, other: string) => of(one) - of(other)
}

t.test('a repository, a namespace and tags have accounts', async (t) => {
  const { request } = await startRegistry(t)
  const { sizeOf } = await pushShared(request)
  const a = 1300 + sizeOf('team/a')
  const b = 1500 + sizeOf('team/b')
  t.match(await getApi(request, '/storage/repo?repo=team/a'), {
    stored: a,
    logical: a,
    unique: a - 1000,
    shared: 1000,
  })
  t.match(await getApi(request, '/storage/namespace?prefix=team'), {
    repositories: 2,
    stored: a + b - 1000,
    logical: a + b,
    unique: a + b - 1000,
    shared: 0,
  })
  t.match(await getApi(request, '/storage/registry'), {
    repositories: 2,
    tags: 2,
    blobs: 3,
    stored: a + b - 1000,
    logical: a + b,
    unique: a + b - 1000,
    shared: 0,
  })
  t.match(await getApi(request, '/storage/tags?repo=team/a&tag=v1&tag=none'), {
    items: [{ tag: 'v1', stored: a, unique: a - 1000, shared: 1000 }],
  })
  const none = await askApi(request, 'GET', '/storage/repo?repo=no/such')
  t.equal(none.status, 404)
  t.equal(none.json<ProblemDocument>().code, 'NAME_UNKNOWN')
})

t.test('what comes back when tags go is less than their sizes, and together more', async (t) => {
  const { request } = await startRegistry(t)
  await pushShared(request)
  const marginal = (...repos: readonly string[]) =>
    post<{ blobBytes: number }>(request, '/storage/marginal', {
      tags: repos.map((repo) => ({ repo, tag: 'v1' })),
    })
  t.match(await marginal('team/a'), { manifests: 1, blobs: 1, blobBytes: 300 })
  t.match(await marginal('team/a', 'team/b'), { manifests: 2, blobs: 3, blobBytes: 1800 })
})

t.test('the summary and the disk agree, whatever holds the bytes', async (t) => {
  const { request } = await startRegistry(t)
  await pushShared(request)
  await pushBlob(request, 'team/a', randomContent(70))
  await request('DELETE', '/v2/team/b/manifests/v1')
  const line = await post<Record<string, number>>(request, '/storage/reconcile', {})
  t.match(line, { live: 1300, undo: 500, waiting: 70, trash: 0, uploads: 0, disk: 1870 })
  t.match(line, { difference: 0, unknown: [] })
  t.match(await getApi(request, '/storage/summary'), {
    repositories: 2,
    tags: 1,
    live: 1300,
    undo: 500,
    waiting: 70,
  })
})

t.test('the largest layers come first; days are told as columns', async (t) => {
  const { request } = await startRegistry(t)
  const { shared } = await pushShared(request)
  const layers = await walkApi<{ digest: string; size: number; repositories: number }>(
    request,
    '/storage/layers?limit=1',
  )
  t.strictSame(
    layers.map(({ size, repositories }) => [size, repositories]),
    [
      [1000, 2],
      [500, 1],
      [300, 1],
    ],
  )
  t.equal(layers[0]?.digest, shared.digest)
  t.match(await getApi(request, '/storage/series?from=2020-01-01&to=2020-12-31'), {
    days: [],
    live: [],
  })
  t.equal((await askApi(request, 'GET', '/storage/series?from=x&to=y')).status, 400)
})

t.test('the preview of a whole repository tells what is its own', async (t) => {
  const { request } = await startRegistry(t)
  await pushShared(request)
  const plan = await post(request, '/deletions/preview', { repo: 'team/a', all: true })
  t.match(plan, {
    tags: [{ tag: 'v1' }],
    manifests: [{ because: 'asked for', tags: ['v1'] }],
    totals: { tags: 1, manifests: 1 },
    freedBytes: 300,
    keptBytes: 1000,
  })
  const none = { headers: json, body: Buffer.from('{"repo":"no/such","all":true}') }
  t.equal((await askApi(request, 'POST', '/deletions/preview', none)).status, 404)
})
