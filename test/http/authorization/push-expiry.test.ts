import { createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { type GuardedRegistry, startGuarded } from '../../helpers/access.ts'
import { randomContent } from '../../helpers/push.ts'

/** The token, signed anew with the registry's own key to be taken for `seconds` more. */
function endingIn(seconds: number, token: string, { root }: GuardedRegistry): string {
  const { keys } = JSON.parse(readFileSync(join(root, 'keys', 'tokens.json'), 'utf8')) as {
    keys: readonly [{ x: string; d: string }]
  }
  const { x, d } = keys[0]
  const key = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x, d }, format: 'jwk' })
  const [header, payload] = token.split('.') as [string, string]
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp: number }
  claims.exp = Math.floor(Date.now() / 1000) - 60 + seconds
  const text = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`
}

t.test('a token that ends in the middle of a body does not end the body', async (t) => {
  const registry = await startGuarded(t)
  const { person, bearer, as } = registry
  const alice = await person('alice', { grants: { 'team/app': ['pull', 'push'] } })
  const fresh = await bearer(alice.basic, 'repository:team/app:pull,push')
  const ending = `Bearer ${endingIn(2, fresh.slice('Bearer '.length), registry)}`
  const begun = await as(ending)('POST', '/v2/team/app/blobs/uploads/')
  t.equal(begun.status, 202)
  const place = begun.headers['location'] as string

  const content = randomContent(64 * 1024)
  async function* slowly() {
    for (let at = 0; at < 4; at++) {
      yield content.bytes.subarray(at * 16_384, (at + 1) * 16_384)
      await sleep(1000)
    }
  }
  const patched = await as(ending)('PATCH', place, { body: Readable.from(slowly()) })
  t.equal(patched.status, 202, 'the body began in time')

  const late = await as(ending)('PUT', `${place}?digest=${content.digest}`)
  t.equal(late.status, 401)
  t.match(late.headers['www-authenticate'], /scope="repository:team\/app:pull,push"/)
  t.match(late.headers['www-authenticate'], /error="invalid_token"/)
  const again = await bearer(alice.basic, 'repository:team/app:pull,push')
  const done = await as(again)('PUT', `${place}?digest=${content.digest}`)
  t.equal(done.status, 201, 'nothing is lost: the client asks for another token and goes on')
})
