import t from 'tap'
import { codesOf } from '../helpers/client.ts'
import { pushBlob, pushImage, pushManifest, randomContent } from '../helpers/push.ts'
import { startRegistry } from '../helpers/registry.ts'

interface Tags {
  readonly name: string
  readonly tags: readonly string[]
}

t.test('tags are listed in byte order, in pages', async (t) => {
  const { request } = await startRegistry(t, { env: { LAYERHOUSE_LISTS_MAX_PAGE_SIZE: '5' } })
  const { manifest } = await pushImage(request, 'team/app', 'b')
  for (const tag of ['a', 'B', '_x', '1.0', 'c', 'Z'])
    await pushManifest(request, 'team/app', tag, manifest)
  const sorted = ['1.0', 'B', 'Z', '_x', 'a', 'b', 'c']
  const list = async (query: string) => {
    const answer = await request('GET', `/v2/team/app/tags/list${query}`)
    t.equal(answer.status, 200, query)
    return { tags: answer.json<Tags>().tags, link: answer.headers.link as string | undefined }
  }
  const cases: readonly (readonly [string, readonly string[], string?])[] = [
    ['', sorted.slice(0, 5), 'last=a&n=5'],
    ['?n=2', sorted.slice(0, 2), 'last=B&n=2'],
    ['?n=2&last=B', sorted.slice(2, 4), 'last=_x&n=2'],
    ['?n=10000', sorted.slice(0, 5), 'last=a&n=5'],
    ['?n=0', []],
    ['?last=_x', sorted.slice(4)],
    ['?last=Y&n=3', ['Z', '_x', 'a'], 'last=a&n=3'],
    ['?last=zz', []],
    ['?n=5&last=B', sorted.slice(2)],
    ['?n=3&n=3', sorted.slice(0, 3), 'last=Z&n=3'],
    ['?other=1&n=1', ['1.0'], 'last=1.0&n=1'],
  ]
  for (const [query, tags, link] of cases) {
    const expected = link && `</v2/team/app/tags/list?${link}>; rel="next"`
    t.same(await list(query), { tags, link: expected }, query)
  }
  const walked: string[] = []
  for (let query: string | undefined = '?n=3'; query !== undefined; ) {
    const page: Awaited<ReturnType<typeof list>> = await list(query)
    walked.push(...page.tags)
    query = /\?[^>]+/.exec(page.link ?? '')?.[0]
  }
  t.same(walked, sorted, 'following the links gives each tag once')
})

t.test('a number that is none is refused', async (t) => {
  const { request } = await startRegistry(t)
  await pushImage(request, 'a', 'v1')
  for (const path of ['/v2/_catalog', '/v2/a/tags/list']) {
    for (const n of ['-1', 'x', '1.5', '1e3', '', '99999999999999999999', '1&n=2', '%00']) {
      const answer = await request('GET', `${path}?n=${n}`)
      t.equal(answer.status, 400, `${path} ${n}`)
      t.same(codesOf(answer), ['PAGINATION_NUMBER_INVALID'])
    }
    t.equal((await request('GET', `${path}?n=100000`)).status, 200)
  }
})

t.test('a repository nobody pushed to has no tags list', async (t) => {
  const { request } = await startRegistry(t)
  t.same(codesOf(await request('GET', '/v2/nobody/tags/list')), ['NAME_UNKNOWN'])
  await request('POST', '/v2/nobody/blobs/uploads/')
  t.equal((await request('GET', '/v2/nobody/tags/list')).status, 404, 'beginning is not pushing')
  await pushBlob(request, 'blobs-only', randomContent())
  t.same((await request('GET', '/v2/blobs-only/tags/list')).json(), {
    name: 'blobs-only',
    tags: [],
  })
})

t.test('the catalog lists repositories with a manifest', async (t) => {
  const { request } = await startRegistry(t)
  t.same((await request('GET', '/v2/_catalog')).json(), { repositories: [] })
  await pushBlob(request, 'blobs-only', randomContent())
  const names = ['a', 'a-b', 'a/b', 'a0', 'b/c/d']
  for (const name of [...names].reverse()) await pushImage(request, name, 'v1')
  t.same((await request('GET', '/v2/_catalog')).json(), { repositories: names })
  const page = await request('GET', '/v2/_catalog?n=2&last=a')
  t.same(page.json(), { repositories: ['a-b', 'a/b'] })
  t.equal(page.headers.link, '</v2/_catalog?last=a%2Fb&n=2>; rel="next"')
  const { headers } = await request('HEAD', '/v2/a/manifests/v1')
  await request('DELETE', `/v2/a/manifests/${headers['docker-content-digest']}`)
  const { repositories } = (await request('GET', '/v2/_catalog')).json<{ repositories: string[] }>()
  t.same(repositories, names.slice(1), 'an emptied repository leaves the catalog')
})

t.test('docker search finds repositories by a part of their name', async (t) => {
  const { request } = await startRegistry(t)
  for (const name of ['team/web', 'team/worker', 'other/web_app'])
    await pushImage(request, name, 'v1')
  const ping = await request('GET', '/v1/_ping')
  t.equal(ping.status, 200)
  t.equal(ping.headers['x-docker-registry-standalone'], '1')
  const search = async (query: string) =>
    (await request('GET', `/v1/search?${query}`)).json<{
      num_results: number
      results: readonly { name: string }[]
    }>()
  const namesOf = async (query: string) => (await search(query)).results.map(({ name }) => name)
  t.same(await namesOf('q=WEB'), ['other/web_app', 'team/web'])
  t.same(await namesOf('q=team%2Fw&n=1'), ['team/web'])
  t.equal((await search('q=team%2Fw&n=1')).num_results, 2)
  t.same(await namesOf('q=b_'), ['other/web_app'], 'an underscore is an underscore')
  t.same(await namesOf('q=%25'), [])
  t.same(await namesOf('q=web&n=0'), ['other/web_app'])
  t.equal((await namesOf('')).length, 3)
  t.match(await search('q=worker'), {
    query: 'worker',
    results: [{ description: '', star_count: 0, is_official: false, is_automated: false }],
  })
})

t.test('health', async (t) => {
  const { request } = await startRegistry(t)
  for (const path of ['/healthz', '/readyz']) {
    t.same((await request('GET', path)).json(), { status: 'ok' })
    t.equal((await request('HEAD', path)).status, 200)
  }
  t.match((await request('GET', '/')).text, /Layerhouse/)
})
