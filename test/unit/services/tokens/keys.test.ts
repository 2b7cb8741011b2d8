import { readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createBearerTokens } from '../../../../src/services/tokens/create.ts'
import { createKeys } from '../../../../src/services/tokens/keys.ts'
import { createKeyFile } from '../../../../storage/keys/file.ts'
import { accountOf, createMemoryStore, hour, setStage, signedIn, start } from './stage.ts'

const grant = { scopes: [], catalog: false }

t.test(
  'a new key signs when it is time, and the one before is taken while its tokens live',
  async (t) => {
    const { keys, tokens, time, store } = await setStage(24 * hour)
    const first = await keys.signer()
    const { token } = await tokens.sign(signedIn, grant)
    t.equal(await keys.keep(), 24 * hour)
    time.now = start + 24 * hour
    await keys.keep()
    const second = await keys.signer()
    t.not(second.kid, first.kid)
    t.ok(await keys.verifier(first.kid), 'the earlier one is known yet')
    t.notMatch(token, second.kid)
    const kept = JSON.parse(store.text ?? '') as { keys: readonly { kid: string; d?: string }[] }
    t.same(
      kept.keys.map(({ kid, d }) => [kid, d !== undefined]),
      [
        [second.kid, true],
        [first.kid, false],
      ],
      'and can sign nothing any more',
    )
    time.now += 24 * hour
    await keys.keep()
    t.equal(await keys.verifier(first.kid), undefined)
    t.equal(await tokens.verify(token, accountOf), undefined)
  },
)

t.test(
  'a token signed just before the keys change is taken by those who read them later',
  async (t) => {
    const { keys, tokens, time, store } = await setStage(24 * hour)
    time.now = start + 24 * hour - 1000
    const { token } = await tokens.sign(signedIn, grant)
    time.now += 1000
    await keys.keep()
    const now = () => time.now
    const worker = createKeys({ store, rotation: 24 * hour, now, clock: now })
    const elsewhere = createBearerTokens({
      keys: worker,
      service: 'layerhouse',
      lifetime: 300_000,
      now,
    })
    t.ok(await elsewhere.verify(token, accountOf))
  },
)

t.test('a worker looks for a key it does not know, once a second at most', async (t) => {
  const { keys, time, store } = await setStage(hour)
  const now = () => time.now
  const worker = createKeys({ store, rotation: hour, now, clock: now })
  const { kid } = await worker.signer()
  time.now += hour
  await keys.keep()
  const next = (await keys.signer()).kid
  t.not(next, kid)
  const before = store.reads
  const asked = Array.from({ length: 100 }, (_, index) => worker.verifier(`unknown-${index}`))
  for (const key of await Promise.all(asked)) t.equal(key, undefined)
  t.equal(store.reads, before + 1)
  t.ok(worker.verifier(next), 'the new one is known now')
  await worker.verifier('unknown')
  t.equal(store.reads, before + 1)
  time.now += 1000
  await worker.verifier('unknown')
  t.equal(store.reads, before + 2)
})

t.test('a shorter time for keys holds for those there are', async (t) => {
  const { time, store, keys } = await setStage(720 * hour)
  const { kid } = await keys.signer()
  const now = () => time.now
  const { createKeyKeeper } = await import('../../../../src/services/tokens/keys.ts')
  const shorter = createKeyKeeper({ store, rotation: hour, now, clock: now })
  t.equal(await shorter.keep(), hour)
  time.now += hour
  await shorter.keep()
  t.not((await shorter.signer()).kid, kid)
})

t.test('damaged keys are told in words that hold none of them', async (t) => {
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '{"version":1}',
    '{"version":2,"since":1,"keys":[]}',
  ]) {
    const store = createMemoryStore()
    store.text = text
    const worker = createKeys({ store, rotation: hour })
    await t.rejects(worker.signer(), /keys\/tokens.json .* are damaged; remove the file/, text)
  }
})

t.test('the file can be read by nobody else, and is not written through a link', async (t) => {
  const root = t.testdir()
  const path = join(root, 'keys', 'tokens.json')
  const file = createKeyFile(path)
  t.equal(await file.read(), undefined)
  await file.write('one')
  await file.write('two')
  t.equal(await file.read(), 'two')
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.equal(statSync(join(root, 'keys')).mode & 0o777, 0o700)
  t.same(readdirSync(join(root, 'keys')), ['tokens.json'])

  const elsewhere = join(root, 'elsewhere')
  writeFileSync(elsewhere, 'theirs')
  const linked = join(root, 'keys', 'linked.json')
  symlinkSync(elsewhere, linked)
  await t.rejects(createKeyFile(linked).read(), /ELOOP/)
})
