import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { createRights } from '../../../src/access/decide.ts'
import {
  type AuthenticationDeps,
  installAuthentication,
} from '../../../src/plugins/authentication.ts'

const rights = createRights(
  { version: 1, accounts: [], tokens: new Map(), groups: new Map(), grants: [] },
  { anonymousPull: ['**'], htpasswdActions: [] },
)

const fails = async (): Promise<never> => {
  throw new Error('the disk fails')
}

const working: AuthenticationDeps = {
  access: { rights: async () => rights },
  signIn: { check: async () => ({ refused: 'wrong' }) },
  bearer: { verify: async () => undefined },
  nameOf: async () => undefined,
  isOperator: () => false,
  session: () => undefined,
  challenge: () => ({}),
  scopeOf: () => undefined,
}

/** An application that counts what gets past its authentication. */
async function start(t: Test, deps: Partial<AuthenticationDeps>) {
  const app = Fastify()
  t.teardown(() => app.close())
  installAuthentication(app, { ...working, ...deps })
  let passed = 0
  app.get('/v2/', async () => {
    passed += 1
    return {}
  })
  const ask = async (authorization?: string) => {
    const headers = authorization === undefined ? {} : { authorization }
    return (await app.inject({ url: '/v2/', headers })).statusCode
  }
  return { ask, passed: () => passed }
}

const basic = `Basic ${Buffer.from('ann:secret').toString('base64')}`

const failures: readonly (readonly [
  what: string,
  deps: Partial<AuthenticationDeps>,
  authorization: string | undefined,
])[] = [
  ['rights', { access: { rights: fails } }, undefined],
  ['rights', { access: { rights: fails } }, basic],
  ['rights', { access: { rights: fails } }, 'Bearer ey.x.y'],
  ['the password', { signIn: { check: fails } }, basic],
  ['the token', { signIn: { check: fails } }, `Bearer lht_${'x'.repeat(43)}`],
  ['the name of the token', { nameOf: fails }, `Bearer lht_${'x'.repeat(43)}`],
  ['the signed token', { bearer: { verify: fails } }, 'Bearer ey.x.y'],
  ['the session', { session: fails }, undefined],
]

t.test('what can not be looked up lets nobody in, not even as nobody in particular', async (t) => {
  for (const [what, deps, authorization] of failures) {
    const { ask, passed } = await start(t, deps)
    t.equal(await ask(authorization), 500, `${what}, ${authorization}`)
    t.equal(passed(), 0, `${what}, ${authorization}`)
  }
  const { ask, passed } = await start(t, {})
  t.equal(await ask(), 200, 'where nothing fails nobody in particular comes this far')
  t.equal(passed(), 1)
})
