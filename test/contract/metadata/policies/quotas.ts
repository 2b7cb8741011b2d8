import type { Test } from 'tap'
import type { QuotaRule } from '../../../../src/policies/rules.ts'
import type { MetadataStore } from '../../../../storage/metadata/store.ts'
import { app, digest, manifest, name, other, push, required, tag } from '../fixtures.ts'
import { type OpenSubject, start } from '../subject.ts'

const actor = { client: 'test' }

/** Text of exactly so many bytes. */
function sized(text: string, bytes: number): string {
  return text.padEnd(bytes, '.')
}

async function startWith(t: Test, open: OpenSubject, ...rules: readonly QuotaRule[]) {
  const started = await start(t, open)
  await started.store.policies.put('quota', rules, 0, actor)
  return started
}

const team = (bytes: number): QuotaRule => ({ name: 'team', repositories: ['team/*'], bytes })

/** Stores an image of 10 bytes over these layers, which are pushed before. */
async function pushImage(
  store: MetadataStore,
  repository: typeof app,
  text: string,
  ...layers: readonly string[]
) {
  await push(store, repository, ...layers)
  const image = manifest(sized(text, 10), { blobs: required(...layers) })
  return store.manifests.put(repository, image, [tag('latest')])
}

async function usedOf(store: MetadataStore, rule = 'team'): Promise<number | undefined> {
  return (await store.policies.measure(rule))?.used
}

const layer = (text: string) => sized(text, 100)

export function quotaCases(t: Test, open: OpenSubject): void {
  t.test('each blob counts once for all repositories of a rule, each manifest once', async (t) => {
    const { store } = await startWith(t, open, team(1000))
    t.match(await pushImage(store, app, 'a', layer('1'), layer('2')), { stored: true })
    t.match(await pushImage(store, other, 'b', layer('2'), layer('3')), { stored: true })
    t.match(await pushImage(store, name('elsewhere'), 'c', layer('4')), { stored: true })
    const expected = { rule: 'team', limit: 1000, used: 320 }
    t.strictSame(await store.policies.quotas(app), [expected], 'as the puts counted')
    t.strictSame(await store.policies.measure('team'), expected, 'as it is measured')
    t.strictSame(await store.policies.quotas(name('elsewhere')), [])
  })

  t.test('an image that does not fit is refused with the numbers', async (t) => {
    const { store } = await startWith(t, open, team(329))
    await pushImage(store, app, 'a', layer('1'), layer('2'))
    t.strictSame(await pushImage(store, other, 'b', layer('2'), sized('3', 110)), {
      stored: false,
      refused: { reason: 'quota', rule: 'team', limit: 329, used: 210, added: 120 },
    })
    t.equal(await store.manifests.head(other, { tag: tag('latest') }), undefined)
    t.equal(await usedOf(store), 210)
    t.match(await pushImage(store, other, 'c', layer('2'), sized('3', 109)), { stored: true })
    t.equal(await usedOf(store), 329, 'to the last byte')
  })

  t.test('what is there already can be tagged and pushed again when all is used', async (t) => {
    const { store } = await startWith(t, open, team(110))
    await pushImage(store, app, 'a', layer('1'))
    const again = manifest(sized('a', 10), { blobs: required(layer('1')) })
    t.match(await store.manifests.put(app, again, [tag('v2')]), { stored: true, created: false })
    t.match(await pushImage(store, app, 'b', layer('1')), { stored: false })
    t.equal(await usedOf(store), 110)
  })

  t.test('every rule that matches must have room', async (t) => {
    const all = { name: 'all', repositories: ['**'], bytes: 250 }
    const { store } = await startWith(t, open, team(150), all)
    t.match(await pushImage(store, app, 'a', layer('1')), { stored: true })
    t.match(await pushImage(store, app, 'b', layer('2')), { refused: { rule: 'team' } })
    t.match(await pushImage(store, name('x'), 'a', layer('2')), { stored: true })
    t.match(await pushImage(store, name('y'), 'a', layer('3')), { refused: { rule: 'all' } })
    t.strictSame(
      (await store.policies.allQuotas()).map(({ rule, used }) => [rule, used]),
      [
        ['team', 110],
        ['all', 220],
      ],
    )
  })

  t.test('what is deleted makes room at once', async (t) => {
    const { store } = await startWith(t, open, team(150))
    await pushImage(store, app, 'a', layer('1'))
    t.match(await pushImage(store, app, 'b', layer('2')), { stored: false })
    await store.manifests.delete(app, digest(sized('a', 10)))
    t.match(await pushImage(store, app, 'b', layer('2')), { stored: true })
    t.equal(await usedOf(store), 110)
  })

  t.test('a rule that comes or changes counts what is there', async (t) => {
    const { store } = await startWith(t, open)
    await pushImage(store, app, 'a', layer('1'))
    await store.policies.put('quota', [team(150)], 1, actor)
    t.strictSame(await store.policies.quotas(app), [{ rule: 'team', limit: 150, used: undefined }])
    t.match(await pushImage(store, app, 'b', layer('2')), { stored: false })
    await store.policies.put('quota', [team(220)], 2, actor)
    t.match(await pushImage(store, app, 'b', layer('2')), { stored: true })
    await store.policies.put('quota', [team(1)], 3, actor)
    t.match(await store.policies.measure('team'), { limit: 1, used: 220 })
    t.equal(await store.policies.measure('none'), undefined)
  })

  t.test('images that come at the same time do not exceed a quota together', async (t) => {
    const { store } = await startWith(t, open, team(1155))
    const images = Array.from({ length: 20 }, (_, n) => ({
      text: `i${n}`,
      layers: [layer(`l${n}`)],
    }))
    for (const { layers } of images) {
      for (const repository of [app, other]) await push(store, repository, ...layers)
    }
    const results = await Promise.all(
      images.map(({ text, layers }, n) =>
        store.manifests.put(
          n % 2 === 0 ? app : other,
          manifest(sized(text, 10), { blobs: required(...layers) }),
          [tag(text)],
        ),
      ),
    )
    t.equal(results.filter(({ stored }) => stored).length, 10)
    t.equal(await usedOf(store), 1100)
    const lists = [app, other].map((repository) => store.tags.list(repository, { limit: 100 }))
    const tags = (await Promise.all(lists)).flat()
    t.equal(tags.length, 10, 'what was acknowledged is there')
  })

  t.test('what another refusal takes back is not counted', async (t) => {
    const { store } = await startWith(t, open, team(1000))
    await pushImage(store, app, 'a', layer('1'))
    const rule = {
      name: 'fixed',
      repositories: ['**'],
      tags: ['*'],
      overwrite: false,
      delete: true,
    }
    await store.policies.put('immutability', [rule], 0, actor)
    t.match(await pushImage(store, app, 'b', layer('2')), { refused: { reason: 'immutable' } })
    t.match(await store.policies.quotas(app), [{ used: 110 }])
    const lacking = manifest('lacking', { blobs: required('nowhere') })
    t.match(await store.manifests.put(app, lacking, []), { missing: [digest('nowhere')] })
    t.match(await store.policies.quotas(app), [{ used: 110 }])
  })
}
