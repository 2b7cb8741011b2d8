import { generateKeyPairSync, KeyObject, sign } from 'node:crypto'
import { type CryptoKey, SignJWT } from 'jose'
import t from 'tap'
import { createBearerTokens } from '../../../../src/services/tokens/create.ts'
import { accountOf, alice, type Stage, setStage, signedIn, start } from './stage.ts'

const grant = { scopes: [{ pattern: 'team/app', actions: ['pull'] }], catalog: false } as const
const good = { alg: 'EdDSA', typ: 'JWT' }

function claimsAt(now: number): Record<string, unknown> {
  const seconds = Math.floor(now / 1000)
  return {
    iss: 'layerhouse',
    aud: 'layerhouse',
    sub: 'alice',
    uid: alice.id,
    epoch: alice.epoch,
    access: [],
    iat: seconds,
    nbf: seconds,
    exp: seconds + 300,
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

/** A token signed with the registry's own key, whatever it says. */
async function signedBy({ keys }: Stage, claims: object, header: object = {}): Promise<string> {
  const { kid, key } = await keys.signer()
  return new SignJWT(claims as Record<string, unknown>)
    .setProtectedHeader({ ...good, kid, ...header })
    .sign(key as CryptoKey)
}

function compact(header: object, claims: object, signature: (text: string) => string): string {
  const text = `${encode(header)}.${encode(claims)}`
  return `${text}.${signature(text)}`
}

function bySomebody(key: KeyObject): (text: string) => string {
  return (text) => sign(null, Buffer.from(text), key).toString('base64url')
}

t.test('a signed token says who sends it and what it is for', async (t) => {
  const { tokens } = await setStage()
  const { token, expiresIn, issuedAt } = await tokens.sign({ ...signedIn, token: 'ci' }, grant)
  t.equal(expiresIn, 300)
  t.equal(issuedAt.getTime(), start)
  const found = await tokens.verify(token, accountOf)
  t.match(found, { account: alice, credential: 'bearer', ...grant, token: 'ci' })
  const anonymous = { ...signedIn, account: undefined, credential: 'none' } as const
  const nobody = await tokens.sign(anonymous, grant)
  const identity = await tokens.verify(nobody.token, accountOf)
  t.equal(identity?.account, undefined)
  t.same(identity?.scopes, grant.scopes)
})

t.test('the same token is verified once, however many send it at a time', async (t) => {
  const stage = await setStage()
  const { token } = await stage.tokens.sign(signedIn, grant)
  let asked = 0
  const keys = {
    ...stage.keys,
    verifier(kid: string) {
      asked += 1
      return stage.keys.verifier(kid)
    },
  }
  const now = () => stage.time.now
  const tokens = createBearerTokens({ keys, service: 'layerhouse', lifetime: 300_000, now })
  const burst = Array.from({ length: 50 }, () => tokens.verify(token, accountOf))
  for (const identity of await Promise.all(burst)) t.equal(identity?.account, alice)
  const again = tokens.verify(token, accountOf)
  t.notOk(again instanceof Promise, 'it is known at once')
  t.equal(asked, 1)
})

t.test('whatever is wrong with a token, it is nobody', async (t) => {
  const stage = await setStage()
  const { tokens, time, keys } = stage
  const claims = claimsAt(start)
  const { kid, key } = await keys.signer()
  const byUs = bySomebody(KeyObject.from(key as CryptoKey))
  const stored = JSON.parse(stage.store.text ?? '') as { keys: readonly { x: string }[] }
  const publicText = stored.keys[0]?.x ?? ''
  const { createHmac } = await import('node:crypto')
  const hmac = (secret: string | Buffer) => (text: string) =>
    createHmac('sha256', secret).update(text).digest('base64url')
  const own = generateKeyPairSync('ed25519')
  const jwk = own.publicKey.export({ format: 'jwk' })
  const { token } = await tokens.sign(signedIn, grant)
  const [header, payload, signature] = token.split('.') as [string, string, string]
  const seconds = start / 1000

  const cases: Readonly<Record<string, string>> = {
    'alg none': compact({ alg: 'none', typ: 'JWT', kid }, claims, () => ''),
    'alg none with a signature': compact({ alg: 'none', typ: 'JWT', kid }, claims, () => signature),
    'HS256 with the public key': compact(
      { alg: 'HS256', typ: 'JWT', kid },
      claims,
      hmac(Buffer.from(publicText, 'base64url')),
    ),
    'HS256 with the text of the public key': compact(
      { alg: 'HS256', typ: 'JWT', kid },
      claims,
      hmac(publicText),
    ),
    'HS256 with no key': compact({ alg: 'HS256', typ: 'JWT', kid }, claims, hmac('')),
    'a key in the header': compact({ ...good, kid, jwk }, claims, bySomebody(own.privateKey)),
    'a key in the header and no id': compact({ ...good, jwk }, claims, bySomebody(own.privateKey)),
    'an address of keys': compact(
      { ...good, kid: 'x', jku: 'http://127.0.0.1:1/keys', x5u: 'http://127.0.0.1:1/' },
      claims,
      bySomebody(own.privateKey),
    ),
    'somebody else’s key': compact({ ...good, kid }, claims, bySomebody(own.privateKey)),
    'an id nobody has': await signedBy(stage, claims, { kid: 'nobody' }),
    'no id': await signedBy(stage, claims, { kid: undefined }),
    'an id that is a property of objects': await signedBy(stage, claims, { kid: '__proto__' }),
    'another issuer': await signedBy(stage, { ...claims, iss: 'somebody' }),
    'no issuer': await signedBy(stage, { ...claims, iss: undefined }),
    'another service': await signedBy(stage, { ...claims, aud: 'other' }),
    'no service': await signedBy(stage, { ...claims, aud: undefined }),
    expired: await signedBy(stage, { ...claims, exp: seconds - 61 }),
    'never expires': await signedBy(stage, { ...claims, exp: undefined }),
    'of the future': await signedBy(stage, { ...claims, nbf: seconds + 61 }),
    'without a beginning': await signedBy(stage, { ...claims, nbf: undefined }),
    'more to heed than we know': compact({ ...good, kid, crit: ['x'], x: 1 }, claims, byUs),
    'nothing to heed': compact({ ...good, kid, crit: [] }, claims, byUs),
    'to be read in another way': compact({ ...good, kid, crit: ['b64'], b64: false }, claims, byUs),
    'a line before it': `\n${token}`,
    'another type': await signedBy(stage, claims, { typ: 'at+jwt' }),
    'no type': await signedBy(stage, claims, { typ: undefined }),
    'another account': await signedBy(stage, { ...claims, uid: 8 }),
    'an earlier epoch': await signedBy(stage, { ...claims, epoch: 2 }),
    'a later epoch': await signedBy(stage, { ...claims, epoch: 4 }),
    'other claims under the signature': `${header}.${encode({ ...claims, uid: 1 })}.${signature}`,
    'a signature cut short': `${header}.${payload}.${signature.slice(0, -4)}`,
    'no signature': `${header}.${payload}.`,
    'two parts': `${header}.${payload}`,
    'four parts': `${token}.x`,
    nothing: '',
    endless: 'x'.repeat(100_000),
  }
  for (const [title, text] of Object.entries(cases)) {
    t.equal(await tokens.verify(text, accountOf), undefined, title)
  }
  t.ok(await tokens.verify(await signedBy(stage, claims), accountOf), 'the claims are good ones')
  t.ok(await tokens.verify(compact({ ...good, kid }, claims, byUs), accountOf), 'so is the key')
  const late = await signedBy(stage, { ...claims, exp: seconds - 59 })
  t.ok(await tokens.verify(late, accountOf), 'clocks may differ by a minute')
  time.now = start
})

t.test(
  'a token ends with its time, its account and its epoch, though it was verified',
  async (t) => {
    const { tokens, time } = await setStage()
    const { token } = await tokens.sign(signedIn, grant)
    t.ok(await tokens.verify(token, accountOf))
    t.equal(
      tokens.verify(token, () => undefined),
      undefined,
      'the account is gone',
    )
    t.equal(
      tokens.verify(token, () => ({ ...alice, disabled: true })),
      undefined,
      'disabled',
    )
    t.equal(
      tokens.verify(token, () => ({ ...alice, epoch: 4 })),
      undefined,
      'another epoch',
    )
    time.now = start + 359_000
    t.ok(tokens.verify(token, accountOf))
    time.now = start + 361_000
    t.equal(await tokens.verify(token, accountOf), undefined, 'it has expired')
    t.equal(await tokens.verify(token, accountOf), undefined)
  },
)

t.test('a failure to read keys is no wrong token', async (t) => {
  const { tokens, keys } = await setStage()
  const { token } = await tokens.sign(signedIn, grant)
  const failing = { ...keys, verifier: () => Promise.reject(new Error('the disk fails')) }
  const broken = createBearerTokens({
    keys: failing,
    service: 'layerhouse',
    lifetime: 300_000,
    now: () => start,
  })
  await t.rejects(Promise.resolve(broken.verify(token, accountOf)), /the disk fails/)
})
