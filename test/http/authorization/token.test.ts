import t from 'tap'
import { basicOf, startGuarded } from '../../helpers/access.ts'
import { codesOf } from '../../helpers/client.ts'

const form = { 'content-type': 'application/x-www-form-urlencoded' }

interface TokenAnswer {
  readonly token: string
  readonly access_token: string
  readonly expires_in: number
  readonly issued_at: string
  readonly scope: string
  readonly refresh_token?: string
}

interface Access {
  readonly type: string
  readonly name: string
  readonly actions: readonly string[]
}

function claimsOf(token: string) {
  return JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString()) as Record<
    string,
    unknown
  > & { access: readonly Access[] }
}

t.test('a token tells what it is in the form of the specification', async (t) => {
  const { person, as } = await startGuarded(t)
  const alice = await person('alice', { grants: { 'team/**': ['pull', 'push'] } })
  const path =
    '/token?service=layerhouse&client_id=docker&account=alice&scope=repository:team/a:pull'
  const answer = await as(alice.basic)('GET', path)
  t.equal(answer.status, 200)
  t.equal(answer.headers['content-type'], 'application/json')
  t.equal(answer.headers['cache-control'], 'no-store')
  const body = answer.json<TokenAnswer>()
  t.equal(body.token, body.access_token)
  t.equal(body.expires_in, 300)
  t.match(body.issued_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/)
  t.equal(body.scope, 'repository:team/a:pull')
  t.equal(body.refresh_token, undefined)
  const header = Buffer.from(body.token.split('.')[0] as string, 'base64url').toString()
  t.match(JSON.parse(header), { alg: 'EdDSA', typ: 'JWT', kid: /^[\w-]{12}$/ })
  t.match(claimsOf(body.token), {
    iss: 'layerhouse',
    sub: 'alice',
    aud: 'layerhouse',
    access: [{ type: 'repository', name: 'team/a', actions: ['pull'] }],
    jti: /^[0-9a-f-]{36}$/,
  })
})

const grants = { 'team/**': ['pull', 'push'], 'all/**': ['admin'] } as const

/** Scopes as they are asked for → what is granted. */
const asked: readonly (readonly [scopes: readonly string[], granted: string])[] = [
  [[], ''],
  [['repository:team/a:pull'], 'repository:team/a:pull'],
  [['repository:team/a:push,pull'], 'repository:team/a:pull,push'],
  [['repository:team/a:pull,push,delete'], 'repository:team/a:pull,push'],
  [['repository:team/a:*'], 'repository:team/a:pull,push'],
  [['repository:all/a:*'], 'repository:all/a:pull,push,overwrite,delete,admin'],
  [['repository:all/a:push'], 'repository:all/a:push,overwrite'],
  [['repository:other/a:pull'], ''],
  [['repository(plugin):team/a:pull'], 'repository:team/a:pull'],
  [
    ['repository:team/a:pull', 'repository:team/b:pull,push'],
    'repository:team/a:pull repository:team/b:pull,push',
  ],
  [
    ['repository:team/a:pull  repository:team/b:pull'],
    'repository:team/a:pull repository:team/b:pull',
  ],
  [['repository:team/a:pull repository:team/a:push'], 'repository:team/a:pull,push'],
  [['registry:catalog:*'], 'registry:catalog:*'],
  [['registry:catalog:search'], ''],
  [['registry:other:*'], ''],
  [['repository:host:5000/team/a:pull'], ''],
  [['repository:team/../a:pull'], ''],
  [['repository:team/**:pull'], ''],
  [['repository:TEAM/a:pull'], ''],
  [['cluster:team/a:pull'], ''],
  [['repository:team/a'], ''],
  [['repository:team/a:'], ''],
  [['repository'], ''],
  [[':::'], ''],
  [['repository:team/a:fly'], ''],
]

t.test('of what is asked, what is allowed is granted, and never an error', async (t) => {
  const { person, as } = await startGuarded(t)
  const alice = await person('alice', { grants })
  for (const [scopes, granted] of asked) {
    const query = new URLSearchParams(scopes.map((scope): [string, string] => ['scope', scope]))
    const got = await as(alice.basic)('GET', `/token?${query}`)
    t.equal(got.status, 200)
    t.equal(got.json<TokenAnswer>().scope, granted, `GET ${scopes.join(' + ')}`)
    query.append('grant_type', 'password')
    query.append('username', 'alice')
    query.append('password', alice.secret)
    const posted = await as(undefined)('POST', '/token', { headers: form, body: String(query) })
    t.equal(posted.status, 200, posted.text)
    t.equal(posted.json<TokenAnswer>().scope, granted, `POST ${scopes.join(' + ')}`)
  }
})

t.test('nobody in particular gets what everybody may have', async (t) => {
  const env = { LAYERHOUSE_AUTH_ANONYMOUS_PULL: 'public/**' }
  const { as } = await startGuarded(t, { env })
  const path = '/token?scope=repository:public/a:pull,push&scope=repository:team/a:pull'
  for (const authorization of [undefined, 'Basic Og==']) {
    const answer = await as(authorization)('GET', path)
    t.equal(answer.json<TokenAnswer>().scope, 'repository:public/a:pull')
    t.equal(claimsOf(answer.json<TokenAnswer>().token)['sub'], '')
  }
})

t.test('wrong credentials are refused, and are never nobody in particular', async (t) => {
  const { person, as, bearer } = await startGuarded(t)
  const alice = await person('alice')
  const signed = await bearer(alice.basic)
  const wrong = [
    basicOf('alice', 'wrong'),
    basicOf('nobody', alice.secret),
    basicOf('', alice.secret),
    basicOf('alice', ''),
    'Basic',
    'Basic !!!',
    'Basic YWxpY2U=',
    'Basic gICAgDo=',
    'Digest username="alice"',
    'Bearer',
    'Bearer lht_x',
    'Bearer lhr_x',
    'Bearer lho_x',
    'Bearer a.b.c',
    signed,
    `${alice.basic}, ${alice.basic}`,
  ]
  for (const authorization of wrong) {
    const answer = await as(authorization)('GET', '/token')
    t.equal(answer.status, 401, authorization)
    t.same(codesOf(answer), ['UNAUTHORIZED'])
    t.equal(answer.headers['www-authenticate'], 'Basic realm="registry"')
  }
  const bodies = [
    'grant_type=password&username=alice&password=wrong',
    'grant_type=password&username=alice',
    'grant_type=refresh_token&refresh_token=wrong',
    `grant_type=refresh_token&refresh_token=lhr_${'a'.repeat(43)}`,
    'grant_type=refresh_token',
  ]
  for (const body of bodies) {
    const answer = await as(undefined)('POST', '/token', { headers: form, body })
    t.equal(answer.status, 401, body)
  }
})

t.test('a refresh token is given to whoever asks for one, and renews itself', async (t) => {
  const { person, as, tables } = await startGuarded(t)
  const alice = await person('alice', { grants })
  const asks = ['offline_token=true', 'access_type=offline']
  for (const ask of asks) {
    const answer = await as(alice.basic)('GET', `/token?${ask}`)
    t.match(answer.json<TokenAnswer>().refresh_token, /^lhr_[\w-]{43}$/, ask)
  }
  const body = `grant_type=password&username=alice&password=${alice.secret}&access_type=offline`
  const first = await as(undefined)('POST', '/token', { headers: form, body })
  const { refresh_token: refresh } = first.json<TokenAnswer>()
  const again = (more: string) =>
    as(undefined)('POST', '/token', {
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: `grant_type=refresh_token&refresh_token=${refresh}${more}`,
    })
  const renewed = await again('&scope=repository:team/a:pull&service=x&client_id=y')
  t.equal(renewed.json<TokenAnswer>().scope, 'repository:team/a:pull')
  t.equal(renewed.json<TokenAnswer>().refresh_token, undefined)
  t.equal((await again('&access_type=offline')).json<TokenAnswer>().refresh_token, refresh)

  t.equal((await as(`Bearer ${refresh}`)('GET', '/v2/')).status, 401, 'it is no token for requests')
  t.equal((await as(basicOf('alice', refresh as string))('GET', '/v2/')).status, 401)
  await tables.access.changeAccount('alice', { disabled: true })
  t.equal((await again('')).status, 401, 'it ends with its account')
})

t.test('nobody in particular gets no refresh token', async (t) => {
  const { as } = await startGuarded(t)
  const answer = await as(undefined)('GET', '/token?offline_token=true')
  t.equal(answer.status, 200)
  t.equal(answer.json<TokenAnswer>().refresh_token, undefined)
})

t.test('what is no form of OAuth 2 is told so', async (t) => {
  const { as } = await startGuarded(t)
  const post = (body: string, headers: Record<string, string> = form) =>
    as(undefined)('POST', '/token', { headers, body })
  t.equal((await post('grant_type=client_credentials')).status, 400)
  t.equal((await post('{}', { 'content-type': 'application/json' })).status, 400)
  t.equal((await post('', {})).status, 400)
  t.equal((await post('x'.repeat(65_537))).status, 413)
  const other = await as(undefined)('PUT', '/token')
  t.equal(other.status, 405)
  t.equal(other.headers['allow'], 'GET, POST')
})

t.test('where nobody has to sign in there are no tokens', async (t) => {
  const { as } = await startGuarded(t, { env: { LAYERHOUSE_AUTH_MODE: 'none' } })
  t.equal((await as(undefined)('GET', '/token')).status, 404)
  t.equal((await as('Basic eDp5')('GET', '/v2/')).status, 200)
})
