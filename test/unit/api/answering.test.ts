import Fastify from 'fastify'
import t from 'tap'
import { Type } from 'typebox'
import { createAnswer } from '../../../routes/api/answering.ts'
import { pageAnswer, readCursor, writeCursor } from '../../../routes/api/cursor.ts'
import {
  bodyOf,
  digest,
  listOf,
  orderOf,
  paging,
  repository,
  sortBy,
  substring,
  tag,
} from '../../../routes/api/fields.ts'
import { expectMatch } from '../../../routes/api/match.ts'
import { route } from '../../../routes/api/route.ts'
import type { ApiServices } from '../../../routes/api/services.ts'
import { OciError } from '../../../src/oci/errors.ts'
import { installErrorHandlers } from '../../../src/plugins/errors.ts'

const zeros = `sha256:${'0'.repeat(64)}`
const position = Type.Tuple([Type.Integer(), Type.String()])

const routes = [
  route({
    method: 'GET',
    path: '/things',
    id: 'listThings',
    access: 'open',
    summary: 'Things',
    query: Type.Object({
      repo: repository,
      q: substring,
      kind: Type.Optional(Type.Array(Type.String(), { maxItems: 2 })),
      whole: Type.Boolean({ default: false }),
      sort: sortBy(['name', 'size'], '-size'),
      ...paging,
    }),
    answer: listOf(Type.Unknown()),
    async handle({ query: { cursor, ...query } }) {
      const list = `things ${query.sort}`
      const after = readCursor(cursor, list, position)
      const items = [{ ...query, order: orderOf(query.sort), after: after ?? null }]
      return pageAnswer(list, { items, next: [7, 'ä'] }, (item) => item)
    },
  }),
  route({
    method: 'GET',
    path: '/things/{digest}',
    id: 'getThing',
    access: 'open',
    summary: 'One thing',
    parameters: Type.Object({ digest }),
    answer: Type.Object({ digest }),
    immutable: true,
    handle: async ({ path }) => ({ digest: path.digest }),
  }),
  route({
    method: 'POST',
    path: '/things',
    id: 'makeThings',
    access: 'open',
    summary: 'Make things',
    body: bodyOf('NewThings', { tags: Type.Optional(Type.Array(tag, { maxItems: 3 })) }),
    status: 202,
    answer: Type.Object({ body: Type.Unknown() }),
    handle: async ({ body }) => ({ body }),
  }),
  route({
    method: 'DELETE',
    path: '/things',
    id: 'dropThings',
    access: 'open',
    summary: 'Drop things',
    async handle({ request }) {
      expectMatch(request.headers, '"now"', { required: true })
    },
  }),
  route({
    method: 'GET',
    path: '/failures/{kind}',
    id: 'fail',
    access: 'open',
    summary: 'Fail',
    parameters: Type.Object({ kind: Type.String() }),
    answer: Type.Unknown(),
    async handle({ path }) {
      if (path.kind === 'unforeseen') throw new Error('a secret path')
      const details = path.kind === 'several' ? { details: [{ n: 1 }, { n: 2 }] } : {}
      throw new OciError('UNAVAILABLE', { status: 507, detail: { free: 1 }, ...details })
    },
  }),
]

const app = Fastify()
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
app.decorateRequest('apiPath', undefined)
installErrorHandlers(app, { explain: async () => undefined })
const answer = createAnswer({} as ApiServices, routes)
app.route({ method: app.supportedMethods, url: '/api/v1/*', handler: answer })
t.teardown(() => app.close())

interface Wanted {
  readonly headers?: Readonly<Record<string, string>>
  readonly payload?: string | Buffer
}

async function ask(method: 'GET' | 'POST' | 'DELETE', path: string, wanted: Wanted = {}) {
  const { statusCode, headers, body } = await app.inject({
    method,
    url: `/api/v1${path}`,
    ...wanted,
  })
  return { status: statusCode, headers, json: body === '' ? undefined : JSON.parse(body) }
}

t.test(
  'parameters that are left out have their defaults, and texts become their types',
  async (t) => {
    const { json } = await ask('GET', '/things?repo=a%2Fb')
    const order = { by: 'size', descending: true }
    const usual = { repo: 'a/b', whole: false, sort: '-size', limit: 50, order, after: null }
    t.same(json.items, [{ ...usual, kind: [] }])
    const other = await ask(
      'GET',
      '/things?repo=a&whole=true&kind=x&kind=y&limit=200&sort=name&q=%25',
    )
    t.same(other.json.items, [
      {
        ...{ repo: 'a', whole: true, kind: ['x', 'y'], limit: 200, sort: 'name', q: '%' },
        ...{ order: { by: 'name', descending: false }, after: null },
      },
    ])
  },
)

const wrong: readonly (readonly [query: string, detail: RegExp])[] = [
  ['', /"repo" is missing; it must be a repository name such as team\/app/],
  ['repo=', /"repo" must be a repository name/],
  ['repo=A', /"repo" must be a repository name/],
  ['repo=a&repo=b', /"repo" stands there with two values/],
  ['repo=a&limit=0', /"limit" must be a whole number from 1 to 200/],
  ['repo=a&limit=201', /"limit" must be/],
  ['repo=a&limit=1.5', /"limit" must be/],
  ['repo=a&limit=', /"limit" must be/],
  ['repo=a&limit=99999999999999999999', /"limit" must be/],
  ['repo=a&whole=1', /"whole" must be true or false/],
  ['repo=a&sort=age', /"sort" must be one of name, -name, size, -size/],
  ['repo=a&kind=1&kind=2&kind=3', /"kind" must be a list of up to 2/],
  [`repo=a&q=${'x'.repeat(256)}`, /"q" must be a text of up to 255 characters/],
  ['repo=a&__proto__=1', /"__proto__" is not known here; known: repo, q, kind/],
]

t.test('a parameter that is wrong is named, with what would be right', async (t) => {
  for (const [query, detail] of wrong) {
    const { status, json } = await ask('GET', `/things?${query}`)
    t.equal(status, 400, query)
    t.match(json, { code: 'INVALID_PARAMETER', detail }, query)
    t.match(json.detail, `"${json.params.parameter}"`)
  }
  const path = await ask('GET', '/things/sha256:12')
  t.match(path.json, {
    code: 'INVALID_PARAMETER',
    detail: /"digest" must be a digest: sha256: and/,
  })
})

t.test('a cursor leads on in its own list and order alone', async (t) => {
  const first = await ask('GET', '/things?repo=a')
  const { next } = first.json
  t.match(next, /^[\w-]+$/)
  const second = await ask('GET', `/things?repo=a&cursor=${next}`)
  t.same(second.json.items[0].after, [7, 'ä'])
  const elsewhere = await ask('GET', `/things?repo=a&sort=name&cursor=${next}`)
  t.match(elsewhere.json, { code: 'INVALID_CURSOR', detail: /another list or another order/ })
  const list = 'things -size'
  const foreign = ['', 'x', 'bnVsbA', '{}', writeCursor(list, ['7', 'a']), writeCursor(list, [7])]
  for (const cursor of foreign) {
    const { status, json } = await ask('GET', `/things?repo=a&cursor=${cursor}`)
    t.equal(status, 400, cursor)
    t.match(json, { code: 'INVALID_CURSOR', detail: /not one that this list gave out/ })
  }
})

t.test('what is addressed by a digest may be kept', async (t) => {
  const { status, headers, json } = await ask('GET', `/things/${zeros.replace(':', '%3A')}`)
  t.equal(status, 200)
  t.same(json, { digest: zeros })
  t.equal(headers['cache-control'], 'private, immutable, max-age=31536000')
})

const type = { 'content-type': 'application/json' }

t.test('a body is JSON and as its schema wants it', async (t) => {
  const payload = '{"tags":["a","b"]}'
  const taken = await ask('POST', '/things', { headers: type, payload })
  t.equal(taken.status, 202)
  t.same(taken.json, { body: { tags: ['a', 'b'] } })
  t.same((await ask('POST', '/things')).json, { body: {} }, 'no body is an empty object')
  const cases: readonly (readonly [string | Buffer, RegExp])[] = [
    ['{', /not a JSON document/],
    [Buffer.from([0x22, 0xff, 0x22]), /not a JSON document in UTF-8/],
    ['[]', /the body must be an object/],
    ['{"tags":"a"}', /"tags" must be a list of up to 3/],
    ['{"tags":["a","-"]}', /"tags\.1" must be a tag/],
    ['{"tag":["a"]}', /"tag" is not known here; known: tags/],
  ]
  for (const [body, detail] of cases) {
    const { status, json } = await ask('POST', '/things', { headers: type, payload: body })
    t.equal(status, 400, String(body))
    t.match(json, { code: 'INVALID_BODY', detail })
  }
})

t.test('a body of another type or too long is refused', async (t) => {
  for (const other of ['text/plain', 'application/x-www-form-urlencoded', 'nonsense']) {
    const headers = { 'content-type': other }
    const { status, json } = await ask('POST', '/things', { headers, payload: '{}' })
    t.equal(status, 415, other)
    t.equal(json.code, 'UNSUPPORTED_MEDIA_TYPE')
  }
  const payload = JSON.stringify({ tags: ['a'.repeat(1024 * 1024)] })
  const { status, json } = await ask('POST', '/things', { headers: type, payload })
  t.equal(status, 413)
  t.match(json, { code: 'BODY_TOO_LARGE', params: { limit: 1024 * 1024 } })
})

t.test('If-Match holds back what rests on an old view', async (t) => {
  const cases = { '"now"': 204, '*': 204, '"then", "now"': 204, '"then"': 412, 'W/"now"': 412 }
  for (const [condition, status] of Object.entries(cases)) {
    const found = await ask('DELETE', '/things', { headers: { 'if-match': condition } })
    t.equal(found.status, status, condition)
    if (status === 204) continue
    t.match(found.json, { code: 'PRECONDITION_FAILED', params: { current: '"now"' } })
    t.equal(found.headers.etag, '"now"')
  }
  t.equal((await ask('DELETE', '/things')).status, 428)
})

t.test(
  'what services refuse is told as a problem, and what nobody foresaw is not told',
  async (t) => {
    const full = await ask('GET', '/failures/full')
    t.match(full, { status: 507, json: { code: 'UNAVAILABLE', status: 507, params: { free: 1 } } })
    const several = await ask('GET', '/failures/several')
    t.same(several.json.params, { details: [{ n: 1 }, { n: 2 }] })
    const unforeseen = await ask('GET', '/failures/unforeseen')
    t.match(unforeseen, { status: 500, json: { code: 'UNKNOWN', title: 'Internal Server Error' } })
    t.notMatch(JSON.stringify(unforeseen.json), /secret/)
  },
)
