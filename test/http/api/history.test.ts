import t from 'tap'
import { askApi, getApi, type ProblemDocument, walkApi } from '../../helpers/api.ts'
import type { Answer, Client } from '../../helpers/client.ts'
import { pushImage, randomContent } from '../../helpers/push.ts'
import { startRegistry } from '../../helpers/registry.ts'

interface Move {
  readonly repo: string
  readonly tag: string
  readonly from?: string
  readonly to?: string
  readonly at: string
  readonly client: string
  readonly deletion?: number
  readonly restorable: boolean
  readonly keptUntil?: string
}

const repo = 'team/app'
const historyPath = `/tags/history?repo=${repo}&tag=v1`

function restore(request: Client, body: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json' }
  return askApi(request, 'POST', '/tags/restore', { headers, body: JSON.stringify(body) })
}

async function pushed(request: Client, tag: string, repository = repo): Promise<string> {
  return (await pushImage(request, repository, tag)).manifest.digest
}

async function digestOf(request: Client, tag: string): Promise<unknown> {
  const head = await request('HEAD', `/v2/${repo}/manifests/${tag}`)
  return head.headers['docker-content-digest']
}

t.test('each move of a tag is told with its time, its client and what it keeps', async (t) => {
  const { request } = await startRegistry(t)
  const one = await pushed(request, 'v1')
  const two = await pushed(request, 'v1')
  await request('DELETE', `/v2/${repo}/manifests/v1`)
  const { items } = await getApi<{ items: readonly Move[] }>(request, historyPath)
  const client = '127.0.0.1'
  t.match(items, [
    { repo, tag: 'v1', from: two, client, deletion: 1, restorable: true, keptUntil: /Z$/ },
    { from: one, to: two, client, restorable: true, keptUntil: /Z$/ },
    { to: one, client, restorable: false },
  ])
  t.equal(items.length, 3)
  t.notOk('to' in (items[0] ?? {}), 'deleted')
  t.notOk('from' in (items[2] ?? {}), 'made')
  t.notOk('actor' in (items[2] ?? {}), 'nobody has to say who they are')
  const [last] = items
  const kept = Date.parse(last?.keptUntil ?? '') - Date.parse(last?.at ?? '')
  t.equal(kept, 7 * 86_400_000)
  const times = items.map(({ at }) => at)
  t.same(times, [...times].sort().reverse(), 'the newest first')
})

t.test('pages go on where the one before ended, whatever comes in between', async (t) => {
  const { request } = await startRegistry(t)
  const digests: string[] = []
  for (let round = 0; round < 5; round++) digests.unshift(await pushed(request, 'v1'))
  await pushed(request, 'other')
  await pushed(request, 'v1', 'team/elsewhere')

  const walked = await walkApi<Move>(request, `${historyPath}&limit=2`)
  t.same(
    walked.map(({ to }) => to),
    digests,
  )
  const first = await getApi<{ next: string }>(request, `${historyPath}&limit=2`)
  await pushed(request, 'v1')
  const second = await getApi<{ items: readonly Move[] }>(
    request,
    `${historyPath}&limit=2&cursor=${first.next}`,
  )
  t.same(
    second.items.map(({ to }) => to),
    digests.slice(2, 4),
  )
})

t.test('a repository or tag nobody knows has no history', async (t) => {
  const { request } = await startRegistry(t)
  await pushed(request, 'v1')
  for (const path of [
    '/tags/history?repo=no/where&tag=v1',
    `/tags/history?repo=${repo}&tag=none`,
  ]) {
    t.same(await getApi(request, path), { items: [] }, path)
  }
})

t.test('a tag that was overwritten or deleted is pointed back, which is a move too', async (t) => {
  const { request } = await startRegistry(t)
  const one = await pushed(request, 'v1')
  const two = await pushed(request, 'v1')
  const back = await restore(request, { repo, tag: 'v1', digest: one })
  t.same(back.json(), { repo, tag: 'v1', digest: one, from: two })
  t.equal(await digestOf(request, 'v1'), one)

  await request('DELETE', `/v2/${repo}/manifests/${two}`)
  await request('DELETE', `/v2/${repo}/manifests/v1`)
  const again = await restore(request, { repo, tag: 'v1', digest: two })
  t.same(again.json(), { repo, tag: 'v1', digest: two }, 'it pointed nowhere')
  t.equal(await digestOf(request, 'v1'), two)
  const [last] = await walkApi<Move>(request, historyPath)
  t.match(last, { to: two, restorable: false })
  t.notOk('from' in (last ?? {}))
})

t.test('what a tag never pointed at, or what is no more, is not restored', async (t) => {
  const env = { LAYERHOUSE_HISTORY_KEEP: '100ms', LAYERHOUSE_GC_GRACE: '1s' }
  const { request } = await startRegistry(t, { env })
  const other = await pushed(request, 'other')
  const never = randomContent().digest
  for (const [tag, digest] of Object.entries({ v1: other, other: never, none: other })) {
    const answer = await restore(request, { repo, tag, digest })
    t.equal(answer.status, 404, tag)
    t.match(answer.json(), { code: 'MANIFEST_UNKNOWN', detail: /never pointed at this digest/ })
  }
  const unknown = await restore(request, { repo: 'no/where', tag: 'v1', digest: other })
  t.equal(unknown.status, 404)

  await request('DELETE', `/v2/${repo}/manifests/other`)
  await new Promise((resolve) => setTimeout(resolve, 1100))
  await askApi(request, 'POST', '/gc')
  const late = await restore(request, { repo, tag: 'other', digest: other })
  t.match(late.json(), { status: 409, code: 'CONFLICT', detail: /was collected .* push it again/ })
  const [deleted] = await walkApi<Move>(request, `/tags/history?repo=${repo}&tag=other`)
  t.match(deleted, { from: other, restorable: false }, 'and history says so')
  t.notOk('keptUntil' in (deleted ?? {}))
})

const mistakes: readonly (readonly [path: string, code: string, detail: RegExp])[] = [
  ['/tags/history', 'INVALID_PARAMETER', /"repo" is missing/],
  [`/tags/history?repo=${repo}`, 'INVALID_PARAMETER', /"tag" is missing/],
  [`/tags/history?repo=${repo}&tag=a%20b`, 'INVALID_PARAMETER', /"tag" must be a tag/],
  [`${historyPath}&limit=0`, 'INVALID_PARAMETER', /"limit" must be a whole number from 1 to 200/],
  [`${historyPath}&limit=201`, 'INVALID_PARAMETER', /"limit"/],
  [`${historyPath}&sort=at`, 'INVALID_PARAMETER', /"sort" is not known/],
  [`${historyPath}&cursor=x`, 'INVALID_CURSOR', /not one that this list gave out/],
  ['/activity?repo=Team', 'INVALID_PARAMETER', /"repo" must be/],
  ['/activity?tag=v1', 'INVALID_PARAMETER', /"tag" is not known/],
  ['/activity?action=nothing', 'INVALID_PARAMETER', /"action/],
  ['/activity?from=yesterday', 'INVALID_PARAMETER', /"from"/],
  ['/activity/export?limit=1', 'INVALID_PARAMETER', /"limit" is not known/],
]

t.test('a list that can not be meant is refused', async (t) => {
  const { request } = await startRegistry(t)
  for (const [path, code, detail] of mistakes) {
    const answer = await askApi(request, 'GET', path)
    t.equal(answer.status, 400, path)
    t.match(answer.json<ProblemDocument>(), { code, detail }, path)
  }
  await pushed(request, 'v1')
  await pushed(request, 'v1')
  const { next } = await getApi<{ next: string }>(request, '/activity?limit=1')
  const other = await askApi(request, 'GET', `${historyPath}&cursor=${next}`)
  t.match(other.json(), { code: 'INVALID_CURSOR', detail: /belongs to another list/ })
})

t.test('a restore that can not be meant is refused', async (t) => {
  const { request } = await startRegistry(t)
  const digest = randomContent().digest
  const cases: readonly (readonly [body: object, detail: RegExp])[] = [
    [{ tag: 'v1', digest }, /"repo" is missing/],
    [{ repo, digest }, /"tag" is missing/],
    [{ repo, tag: 'v1' }, /"digest" is missing/],
    [{ repo, tag: 'v1', digest: 'latest' }, /"digest" must be a digest/],
    [{ repo, tag: 'v1', digest, force: true }, /"force" is not known/],
  ]
  for (const [body, detail] of cases) {
    const answer = await restore(request, body)
    t.equal(answer.status, 400)
    t.match(answer.json<ProblemDocument>(), { code: 'INVALID_BODY', detail })
  }
})
