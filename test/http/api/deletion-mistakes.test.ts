import { join } from 'node:path'
import t from 'tap'
import { askApi, type ProblemDocument } from '../../helpers/api.ts'
import { pushImage } from '../../helpers/push.ts'
import { startRegistry } from '../../helpers/registry.ts'
import { tamper } from '../../unit/storage/backup/world.ts'

interface Refused {
  readonly method?: 'POST' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  readonly status: number
  readonly code: string
  readonly detail: RegExp
}

const repo = 'team/app'
const unknown = { status: 404, code: 'NAME_UNKNOWN', detail: /./ } as const
const invalid = { status: 400, code: 'INVALID_BODY' } as const

const refused: readonly Refused[] = [
  { path: '/deletions', body: { repo: 'no/where', tags: ['v1'] }, ...unknown },
  { path: '/deletions', body: { repo: 'no/where', matching: '*' }, ...unknown },
  { path: '/deletions', body: { repo: 'no/where', version: 'x' }, ...unknown },
  { path: '/deletions/preview', body: { repo: 'no/where' }, ...unknown },
  { method: 'DELETE', path: '/repo?repo=no/where', ...unknown },
  {
    path: '/deletions/99/undo',
    body: {},
    status: 404,
    code: 'NOT_FOUND',
    detail: /there is no deletion 99/,
  },
  {
    path: '/deletions/zero/undo',
    status: 400,
    code: 'INVALID_PARAMETER',
    detail: /"id" must be a whole number, 1 or more/,
  },
  { path: '/deletions/0/undo', status: 400, code: 'INVALID_PARAMETER', detail: /"id"/ },
  { path: '/deletions/1/undo', body: { id: 1 }, ...invalid, detail: /"id" is not known/ },
  { path: '/deletions', ...invalid, detail: /"repo" is missing; it must be a repository name/ },
  { path: '/deletions', body: { repo: 'Team' }, ...invalid, detail: /"repo" must be/ },
  { path: '/deletions', body: { repo, tags: 'v1' }, ...invalid, detail: /"tags" must be a list/ },
  { path: '/deletions', body: { repo, tags: ['a b'] }, ...invalid, detail: /"tags\.0" must be/ },
  {
    path: '/deletions',
    body: { repo, digests: ['sha256:1'] },
    ...invalid,
    detail: /"digests\.0" must be a digest/,
  },
  { path: '/deletions', body: { repo, matching: '' }, ...invalid, detail: /"matching"/ },
  {
    path: '/deletions',
    body: { repo, matching: 'x'.repeat(129) },
    ...invalid,
    detail: /up to 128 characters/,
  },
  { path: '/deletions', body: { repo, purge: 'yes' }, ...invalid, detail: /true or false/ },
  {
    path: '/deletions',
    body: { repo, tags: Array.from({ length: 1001 }, (_, at) => `v${at}`) },
    ...invalid,
    detail: /a list of up to 1000/,
  },
  { path: '/deletions/preview', body: { repo, purge: true }, ...invalid, detail: /"purge"/ },
  { path: '/deletions', body: [], ...invalid, detail: /the body must be an object/ },
  { method: 'DELETE', path: '/repo', status: 400, code: 'INVALID_PARAMETER', detail: /"repo"/ },
  {
    method: 'DELETE',
    path: '/repo?repo=team/app&purge=1',
    status: 400,
    code: 'INVALID_PARAMETER',
    detail: /"purge" must be true or false/,
  },
]

t.test('what can not be meant is told, and nothing is deleted', async (t) => {
  const { request } = await startRegistry(t)
  await pushImage(request, repo, 'v1')
  for (const { method = 'POST', path, body, status, code, detail } of refused) {
    const headers = { 'content-type': 'application/json' }
    const wanted = body === undefined ? {} : { headers, body: JSON.stringify(body) }
    const answer = await askApi(request, method, path, wanted)
    const title = `${method} ${path} ${JSON.stringify(body)?.slice(0, 60)}`
    t.equal(answer.status, status, `${title}: ${answer.text.slice(0, 300)}`)
    t.match(answer.json<ProblemDocument>(), { code, detail }, title)
  }
  t.equal((await request('HEAD', `/v2/${repo}/manifests/v1`)).status, 200)
})

t.test('a body has to be JSON, and to say so', async (t) => {
  const { request } = await startRegistry(t)
  const body = JSON.stringify({ repo, tags: ['v1'] })
  const plain = await request('POST', '/api/v1/deletions', { body })
  t.match(plain.json(), { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' })
  const headers = { 'content-type': 'application/json' }
  const broken = await request('POST', '/api/v1/deletions', { headers, body: `${body},` })
  t.match(broken.json(), { status: 400, code: 'INVALID_BODY', detail: /not a JSON document/ })
})

t.test('a pattern that means more than 1000 tags is refused with the number', async (t) => {
  const first = await startRegistry(t)
  await pushImage(first.request, repo, 'v1000')
  await first.stop()
  tamper(
    join(first.root, 'metadata.db'),
    `WITH RECURSIVE counter(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM counter WHERE i < 999)
     INSERT INTO tags (repository_id, name, manifest_id, pushed_at)
       SELECT repository_id, printf('v%04d', i), manifest_id, 0 FROM counter, tags`,
  )
  const { request } = await startRegistry(t, { root: first.root })
  const ask = (path: string, matching: string) =>
    askApi(request, 'POST', path, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ repo, matching }),
    })
  for (const path of ['/deletions', '/deletions/preview']) {
    const answer = await ask(path, '*')
    t.match(answer.json(), {
      status: 409,
      code: 'CONFLICT',
      detail: /^1001 tags are meant, and one deletion takes 1000; use a narrower pattern/,
      params: { tags: 1001, limit: 1000 },
    })
  }
  const most = (await ask('/deletions/preview', 'v0*')).json<{ tags: readonly object[] }>()
  t.equal(most.tags.length, 1000)
})
