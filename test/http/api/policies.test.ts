import t from 'tap'
import { askApi, getApi, type ProblemDocument, walkApi } from '../../helpers/api.ts'
import { pushImage, pushManifest } from '../../helpers/push.ts'
import { startRegistry } from '../../helpers/registry.ts'

const rule = { name: 'few', repositories: ['team/**'], keep: { last: 1 } }
const json = { 'content-type': 'application/json' }

function bodyOf(value: object) {
  return { headers: json, body: Buffer.from(JSON.stringify(value)) }
}

interface Rules {
  readonly rules: readonly object[]
  readonly version: number
  readonly changedBy?: string
}

t.test('rules are put and read back', async (t) => {
  const { request } = await startRegistry(t)
  for (const [path, rules] of [
    ['/retention', [rule]],
    ['/immutability', [{ name: 'releases', repositories: ['**'], tags: ['v*'] }]],
    ['/quotas', [{ name: 'all', repositories: ['**'], bytes: '10GiB' }]],
  ] as const) {
    t.match(await getApi<Rules>(request, path), { rules: [], version: 0 })
    const put = await askApi(request, 'PUT', path, bodyOf({ rules }))
    t.match(put.json<Rules>(), { version: 1, changedBy: '127.0.0.1' }, path)
    const now = await getApi<Rules>(request, path)
    t.equal(now.rules.length, 1)
    t.match(now.rules[0], rules[0] as object)
  }
  t.match(await getApi(request, '/quotas/use'), {
    items: [{ rule: 'all', limit: 10 * 1024 ** 3, used: 0 }],
  })
})

t.test('whoever saw older rules is refused, as are mistakes', async (t) => {
  const { request } = await startRegistry(t)
  await askApi(request, 'PUT', '/retention', bodyOf({ rules: [rule] }))
  const { body } = bodyOf({ rules: [] })
  const headers = { ...json, 'if-match': '"0"' }
  const late = await askApi(request, 'PUT', '/retention', { headers, body })
  t.equal(late.status, 412)
  t.match(late.json<ProblemDocument>(), { code: 'PRECONDITION_FAILED', params: { current: '"1"' } })
  const agreed = { ...json, 'if-match': '"1"' }
  t.equal((await askApi(request, 'PUT', '/retention', { headers: agreed, body })).status, 200)
  for (const [wrong, detail] of [
    [{ rules: [{ name: 'x', repositories: ['team/**'], keep: { last: 0 } }] }, /"?x"?.*last/],
    [{ rules: [{ name: 'x', repositories: [] }] }, /repositories/],
    [{ rule: [] }, /rule/],
  ] as const) {
    const answer = await askApi(request, 'PUT', '/retention', bodyOf(wrong))
    t.equal(answer.status, 400)
    t.match(answer.json<ProblemDocument>().detail, detail)
  }
  t.match(await getApi<Rules>(request, '/retention'), { rules: [], version: 2 })
})

interface Verdict {
  readonly repo: string
  readonly tag?: string
  readonly keep: boolean
  readonly rule?: string
  readonly why: string
}

t.test('a preview tells of each tag which rule keeps or drops it, page by page', async (t) => {
  const { request } = await startRegistry(t)
  const { manifest } = await pushImage(request, 'team/app', 'v1')
  await pushManifest(request, 'team/app', 'v2', manifest)
  await pushImage(request, 'team/app', 'v3')
  await pushImage(request, 'other', 'v1')
  const preview = (more: object = {}) => askApi(request, 'POST', '/retention/preview', bodyOf(more))
  t.match((await preview()).json(), { items: [] }, 'no rule, nothing to tell')
  const tried = (await preview({ rules: [rule] })).json<{ items: Verdict[] }>()
  t.strictSame(
    tried.items.map(({ repo, tag, keep }) => [repo, tag, keep]),
    [
      ['team/app', 'v1', false],
      ['team/app', 'v2', false],
      ['team/app', 'v3', true],
    ],
    'four tags on one image are four decisions',
  )
  t.ok(tried.items.every((item) => item.rule === 'few' && item.why.length > 0))
  const first = (await preview({ rules: [rule], limit: 2 })).json<{ next?: string }>()
  t.type(first.next, 'string')
  const second = await preview({ rules: [rule], limit: 2, cursor: first.next })
  t.match(second.json(), { items: [{ tag: 'v3' }] })
  const dropped = await preview({ rules: [rule], droppedOnly: true })
  t.equal(dropped.json<{ items: Verdict[] }>().items.length, 2)
  t.equal((await preview({ rules: [{ name: 'x' }] })).status, 400)
  t.strictSame((await walkApi(request, '/tags?repo=team/app')).length, 3, 'nothing was changed')
})

t.test(
  'an immutable tag can not be taken by a deletion, a restore or with its repository',
  async (t) => {
    const { request } = await startRegistry(t)
    const old = await pushImage(request, 'team/app', 'v1')
    await pushImage(request, 'team/app', 'v1')
    const rules = [{ name: 'releases', repositories: ['**'], tags: ['v*'], delete: false }]
    await askApi(request, 'PUT', '/immutability', bodyOf({ rules }))
    const digest = old.manifest.digest
    for (const [path, body] of [
      ['/deletions', { repo: 'team/app', tags: ['v1'] }],
      ['/tags/restore', { repo: 'team/app', tag: 'v1', digest }],
    ] as const) {
      const answer = await askApi(request, 'POST', path, bodyOf(body))
      t.equal(answer.status, 403, path)
      t.match(answer.json<ProblemDocument>(), { code: 'DENIED', detail: /"releases"/ })
    }
    const all = await askApi(request, 'DELETE', '/repo?repo=team/app')
    t.equal(all.status, 403)
    t.equal((await walkApi(request, '/tags?repo=team/app')).length, 1)
  },
)

t.test('retention drops what its preview told, so that it can be undone', async (t) => {
  const { request, retention } = await startRegistry(t)
  await pushImage(request, 'team/app', 'v1')
  await pushImage(request, 'team/app', 'v2')
  await askApi(request, 'PUT', '/retention', bodyOf({ rules: [rule] }))
  t.match(await retention.run(), { repositories: 1, tags: 2, droppedTags: 1 })
  const [move] = await walkApi<{ client: string; from: string }>(
    request,
    '/tags/history?repo=team/app&tag=v1',
  )
  t.equal(move?.client, 'retention')
  const undo = await askApi(request, 'POST', '/deletions/1/undo', bodyOf({}))
  t.match(undo.json(), { tags: ['v1'] })
})
