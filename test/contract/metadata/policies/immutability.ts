import type { Test } from 'tap'
import type { ImmutabilityRule } from '../../../../src/policies/rules.ts'
import { app, digest, manifest, name, other, putAll, required, tag } from '../fixtures.ts'
import { type OpenSubject, start } from '../subject.ts'

const actor = { client: 'test' }

function protect(rest: Partial<ImmutabilityRule> = {}): ImmutabilityRule {
  const all = { name: 'releases', repositories: ['team/**'], tags: ['v*'] }
  return { ...all, overwrite: false, delete: false, ...rest }
}

/** A store in which `v1` and `latest` of an app point at `one`, and rules that came afterwards. */
async function startWith(t: Test, open: OpenSubject, ...rules: readonly ImmutabilityRule[]) {
  const started = await start(t, open)
  await putAll(started.store, app, { one: ['v1', 'latest'] })
  await started.store.policies.put('immutability', rules, 0, actor)
  const point = (text: string, ...tags: readonly string[]) =>
    started.store.manifests.put(app, manifest(text), tags.map(tag))
  const digestAt = async (text: string) =>
    (await started.store.manifests.head(app, { tag: tag(text) }))?.digest
  return { ...started, point, digestAt }
}

function refused(action: 'overwrite' | 'delete', rule = 'releases', at = 'v1') {
  return { reason: 'immutable', action, rule, tag: tag(at), digest: digest('one') }
}

export function immutabilityCases(t: Test, open: OpenSubject): void {
  t.test('an immutable tag stays where it is, and nothing of the push is stored', async (t) => {
    const { store, point, digestAt, inspect } = await startWith(t, open, protect())
    const before = await inspect.history(app)
    t.strictSame(await point('two', 'new', 'v1', 'latest'), {
      stored: false,
      refused: refused('overwrite'),
    })
    t.equal(await digestAt('v1'), digest('one'))
    t.equal(await digestAt('latest'), digest('one'))
    t.equal(await digestAt('new'), undefined)
    t.equal(await store.manifests.head(app, { digest: digest('two') }), undefined)
    t.strictSame(await inspect.history(app), before)
  })

  t.test('what a rule does not name goes on: same image, new tag, other names', async (t) => {
    const { store, point, digestAt } = await startWith(t, open, protect())
    t.strictSame(await point('one', 'v1'), { stored: true, created: false })
    t.strictSame(await point('two', 'v2', 'latest'), { stored: true, created: true })
    t.equal(await digestAt('latest'), digest('two'))
    await putAll(store, name('elsewhere'), { one: ['v1'] })
    await putAll(store, name('elsewhere'), { two: ['v1'] })
    t.equal(
      (await store.manifests.head(name('elsewhere'), { tag: tag('v1') }))?.digest,
      digest('two'),
    )
  })

  t.test('an immutable tag can be deleted neither by its name nor with its image', async (t) => {
    const { store, digestAt } = await startWith(t, open, protect())
    t.strictSame(await store.tags.delete(app, tag('v1')), { refused: refused('delete') })
    t.strictSame(await store.manifests.delete(app, digest('one')), { refused: refused('delete') })
    t.equal(await digestAt('v1'), digest('one'))
    t.equal(await digestAt('latest'), digest('one'), 'the other tag of the image is there, too')
    t.equal(await store.tags.delete(app, tag('latest')), true)
    t.equal(await store.tags.delete(app, tag('v9')), false)
    t.equal(await store.manifests.delete(other, digest('one')), false)
  })

  t.test('what an immutable index consists of can not be deleted', async (t) => {
    const { store } = await startWith(t, open, protect())
    await putAll(store, app, { image: [] })
    const inner = manifest('inner', { children: required('image') })
    await store.manifests.put(app, inner, [])
    const outer = manifest('outer', { children: required('inner') })
    await store.manifests.put(app, outer, [tag('v2')])
    for (const text of ['image', 'inner', 'outer']) {
      const answer = await store.manifests.delete(app, digest(text))
      t.match(answer, { refused: { tag: 'v2', digest: digest('outer') } }, text)
    }
    await store.policies.put('immutability', [], 1, actor)
    for (const text of ['image', 'inner', 'outer']) {
      t.equal(await store.manifests.delete(app, digest(text)), true, text)
    }
  })

  t.test('each switch is of its own', async (t) => {
    const noDelete = protect({ overwrite: true })
    const { store, point } = await startWith(t, open, noDelete)
    t.match(await point('two', 'v1'), { stored: true })
    t.match(await store.tags.delete(app, tag('v1')), { refused: { action: 'delete' } })
    t.equal(await store.policies.put('immutability', [protect({ delete: true })], 1, actor), 2)
    t.match(await point('one', 'v1'), { refused: { action: 'overwrite' } })
    t.equal(await store.tags.delete(app, tag('v1')), true)
  })

  t.test('every pattern of every rule counts', async (t) => {
    const rules = [
      protect({ name: 'nothing here', repositories: ['x', 'y/**'] }),
      protect({ name: 'lets delete', delete: true }),
      protect({ name: 'second', repositories: ['x', 'team/*'], tags: ['none', 'latest', 'v?'] }),
    ]
    const { store, point } = await startWith(t, open, ...rules)
    t.strictSame(await store.tags.delete(app, tag('v1')), { refused: refused('delete', 'second') })
    t.strictSame(await point('two', 'v1'), {
      stored: false,
      refused: refused('overwrite', 'lets delete'),
    })
    t.match(await point('two', 'latest'), { refused: { rule: 'second', tag: 'latest' } })
  })

  t.test('new rules hold at once, and after the store was opened again', async (t) => {
    const { store, point, reopen } = await startWith(t, open)
    t.match(await point('two', 'v1'), { stored: true })
    await store.policies.put('immutability', [protect()], 1, actor)
    t.match(await point('one', 'v1'), { stored: false })
    await store.policies.put('immutability', [], 2, actor)
    t.match(await point('one', 'v1'), { stored: true })
    await store.policies.put('immutability', [protect()], 3, actor)
    const again = await reopen()
    t.match(await again.tags.delete(app, tag('v1')), { refused: { action: 'delete' } })
  })

  t.test('of pushes at the same time one makes the tag', async (t) => {
    const { point, digestAt } = await startWith(t, open, protect())
    const texts = Array.from({ length: 20 }, (_, n) => `image ${n}`)
    const results = await Promise.all(texts.map((text) => point(text, 'v7')))
    const stored = texts.filter((_, n) => results[n]?.stored)
    t.equal(stored.length, 1)
    t.equal(await digestAt('v7'), digest(stored[0] ?? ''))
  })
}
