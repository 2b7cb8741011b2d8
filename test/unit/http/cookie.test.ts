import t from 'tap'
import {
  endOfCookie,
  mayAct,
  readSessionCookie,
  sessionCookie,
} from '../../../routes/http/cookie.ts'
import { csrfTokenOf, newSessionSecret } from '../../../src/services/sessions/secret.ts'

const https = { protocol: 'https', host: 'images.example' } as const
const http = { protocol: 'http', host: 'localhost:5000' } as const

t.test('over HTTPS the cookie belongs to this host alone, and to no script', async (t) => {
  t.equal(
    sessionCookie(https, 'lhs_x', 3600.9),
    '__Host-layerhouse=lhs_x; Path=/; Max-Age=3600; HttpOnly; SameSite=Strict; Secure',
  )
  t.equal(
    endOfCookie(https),
    '__Host-layerhouse=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure',
  )
})

t.test('over plain HTTP it has another name, for browsers refuse that one', async (t) => {
  t.equal(
    sessionCookie(http, 'lhs_x', 60),
    'layerhouse-session=lhs_x; Path=/; Max-Age=60; HttpOnly; SameSite=Strict',
  )
})

const cookies: readonly (readonly [
  header: string | undefined,
  way: typeof https | typeof http,
  value: string | undefined,
])[] = [
  [undefined, https, undefined],
  ['', https, undefined],
  ['__Host-layerhouse=a', https, 'a'],
  ['theme=dark; __Host-layerhouse=a;other=1', https, 'a'],
  ['__Host-layerhouse=', https, undefined],
  ['__Host-layerhouse=a; __Host-layerhouse=b', https, undefined],
  ['x__Host-layerhouse=a', https, undefined],
  ['layerhouse-session=a', https, undefined],
  ['__Host-layerhouse=a', http, undefined],
  ['layerhouse-session=a', http, 'a'],
]

t.test('the cookie is read by the name that goes with the way', async (t) => {
  for (const [header, way, value] of cookies) {
    t.equal(readSessionCookie(way, header), value, `${way.protocol} ${header}`)
  }
})

t.test('only a page of this registry may change something', async (t) => {
  const session = newSessionSecret()
  const token = csrfTokenOf(session)
  const right = { 'x-csrf-token': token }
  const cases: readonly (readonly [method: string, headers: Record<string, string>, boolean])[] = [
    ['GET', {}, true],
    ['HEAD', { 'sec-fetch-site': 'cross-site' }, true],
    ['POST', right, true],
    ['POST', { ...right, 'sec-fetch-site': 'same-origin', origin: 'https://images.example' }, true],
    ['DELETE', { ...right, 'sec-fetch-site': 'none' }, true],
    ['POST', {}, false],
    ['POST', { 'sec-fetch-site': 'same-origin', origin: 'https://images.example' }, false],
    ['POST', { 'x-csrf-token': '' }, false],
    ['POST', { 'x-csrf-token': `${token}x` }, false],
    ['POST', { 'x-csrf-token': csrfTokenOf(newSessionSecret()) }, false],
    ['POST', { 'x-csrf-token': session }, false],
    ['POST', { ...right, 'sec-fetch-site': 'cross-site' }, false],
    ['POST', { ...right, 'sec-fetch-site': 'same-site' }, false],
    ['PUT', { ...right, origin: 'https://evil.example' }, false],
    ['PUT', { ...right, origin: 'http://images.example' }, false],
    ['PATCH', { ...right, origin: 'https://images.example:8443' }, false],
    ['DELETE', { ...right, origin: 'null' }, false],
  ]
  for (const [method, headers, allowed] of cases) {
    t.equal(
      mayAct({ method, headers }, https, session),
      allowed,
      `${method} ${JSON.stringify(headers)}`,
    )
  }
})
