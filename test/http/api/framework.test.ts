import t from 'tap'
import { askApi, type ProblemDocument } from '../../helpers/api.ts'
import { startRegistry } from '../../helpers/registry.ts'

t.test('an answer has a tag, and is not sent again to who has it', async (t) => {
  const { request } = await startRegistry(t)
  const answer = await askApi(request, 'GET', '/meta')
  t.equal(answer.status, 200)
  t.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  t.equal(answer.headers['cache-control'], 'no-cache')
  const etag = answer.headers.etag as string
  t.match(etag, /^"[\w-]{43}"$/)
  const conditions = [etag, `W/${etag}`, `"other", ${etag}`, '*']
  for (const condition of conditions) {
    const again = await request('GET', '/api/v1/meta', { headers: { 'if-none-match': condition } })
    t.equal(again.status, 304, condition)
    t.equal(again.headers.etag, etag)
    t.equal(again.text, '')
  }
  const other = await request('GET', '/api/v1/meta', { headers: { 'if-none-match': '"other"' } })
  t.equal(other.status, 200)
})

t.test('HEAD is GET without the body', async (t) => {
  const { request } = await startRegistry(t)
  const get = await request('GET', '/api/v1/meta')
  const head = await request('HEAD', '/api/v1/meta')
  t.equal(head.status, 200)
  t.equal(head.text, '')
  for (const name of ['etag', 'content-length', 'content-type']) {
    t.equal(head.headers[name], get.headers[name], name)
  }
})

interface Refused {
  readonly method?: string
  readonly path: string
  readonly status: number
  readonly code: string
  readonly detail: RegExp
  readonly params?: object
}

const refused: readonly Refused[] = [
  { path: '/api/v1', status: 404, code: 'NOT_FOUND', detail: /nothing at this path/ },
  { path: '/api/v1/', status: 404, code: 'NOT_FOUND', detail: /nothing/ },
  { path: '/api/v1?x=1', status: 404, code: 'NOT_FOUND', detail: /nothing/ },
  { path: '/api/v1/nowhere/at/all', status: 404, code: 'NOT_FOUND', detail: /nothing/ },
  { path: '/api/v1/%zz', status: 400, code: 'INVALID_REQUEST', detail: /./ },
  {
    method: 'POST',
    path: '/api/v1/meta',
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    detail: /use GET, HEAD/,
    params: { allow: ['GET', 'HEAD'] },
  },
  {
    path: '/api/v1/meta?verbose=1',
    status: 400,
    code: 'INVALID_PARAMETER',
    detail: /the parameter "verbose" is not known here; known: none/,
    params: { parameter: 'verbose' },
  },
]

t.test('what is wrong is told as a problem document', async (t) => {
  const { request } = await startRegistry(t)
  for (const { method = 'GET', path, status, code, detail, params } of refused) {
    const answer = await request(method, path)
    t.equal(answer.status, status, path)
    t.equal(answer.headers['content-type'], 'application/problem+json')
    t.equal(answer.headers['cache-control'], 'no-store')
    const problem = answer.json<ProblemDocument>()
    t.match(problem, { type: 'about:blank', status, code, detail })
    t.match(problem.requestId, /^req-/)
    t.ok(problem.title)
    t.same(problem.params, params ?? {}, path)
  }
  t.equal((await request('POST', '/api/v1/meta')).headers.allow, 'GET, HEAD')
})

t.test('paths that only begin alike are not the management API', async (t) => {
  const { request } = await startRegistry(t)
  for (const path of ['/api', '/api/v10/meta', '/api/v1x']) {
    const answer = await request('GET', path)
    t.equal(answer.status, 404, path)
    t.match(answer.json(), { errors: [{ code: 'NAME_UNKNOWN' }] })
  }
})

t.test('another web site may not change anything', async (t) => {
  const { request } = await startRegistry(t)
  const from = (site: string) => ({ headers: { 'sec-fetch-site': site } })
  const refusedPost = await request('POST', '/api/v1/meta', from('cross-site'))
  t.equal(refusedPost.status, 403)
  t.equal(refusedPost.json<ProblemDocument>().code, 'CROSS_SITE')
  t.equal((await request('POST', '/api/v1/meta', from('same-origin'))).status, 405)
  t.equal((await request('GET', '/api/v1/meta', from('cross-site'))).status, 200)
})

t.test('the log names the pattern of the path, and no query', async (t) => {
  const { request, log, stop } = await startRegistry(t)
  await request('GET', '/api/v1/meta?secret=1')
  await stop()
  const line = log.find(({ msg }) => msg === 'request')
  t.equal(line?.['route'], '/api/v1/meta')
  t.notMatch(JSON.stringify(log), /secret/)
})
