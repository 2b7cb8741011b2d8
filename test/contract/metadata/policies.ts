import type { Test } from 'tap'
import type { Policies } from '../../../src/policies/rules.ts'
import { app, digest, manifest, other, push, putAll, required, tag } from './fixtures.ts'
import { immutabilityCases } from './policies/immutability.ts'
import { quotaCases } from './policies/quotas.ts'
import { type OpenSubject, start } from './subject.ts'

const ann = { name: 'ann', client: '10.0.0.1' }

const rules: Policies['retention'] = [
  { name: 'old', repositories: ['**'], tags: ['*'], keep: { last: 3 }, dropOlderThan: 1000 },
]

function documentCases(t: Test, open: OpenSubject): void {
  t.test('rules are read back as they were put, by kind', async (t) => {
    const { store, clock, reopen } = await start(t, open)
    t.equal(await store.policies.get('retention'), undefined)
    t.equal(await store.policies.put('retention', rules, 0, ann), 1)
    const expected = { rules, version: 1, changedAt: clock.now, actor: ann }
    t.strictSame(await store.policies.get('retention'), expected)
    t.equal(await store.policies.get('quota'), undefined)
    t.strictSame(await (await reopen()).policies.get('retention'), expected)
  })

  t.test('rules are replaced only where they are those expected', async (t) => {
    const { store, clock } = await start(t, open)
    t.equal(await store.policies.put('retention', rules, 1, ann), undefined, 'there are none')
    t.equal(await store.policies.put('retention', rules, 0, ann), 1)
    t.equal(await store.policies.put('retention', [], 0, ann), undefined)
    clock.now += 5
    t.equal(await store.policies.put('retention', [], 1, { client: 'file' }), 2)
    t.match(await store.policies.get('retention'), {
      rules: [],
      version: 2,
      changedAt: clock.now,
      actor: { name: undefined, client: 'file' },
    })
  })

  t.test('of puts at the same time one wins', async (t) => {
    const { store } = await start(t, open)
    const puts = Array.from({ length: 10 }, () => store.policies.put('retention', rules, 0, ann))
    const versions = await Promise.all(puts)
    t.equal(versions.filter((version) => version === 1).length, 1)
    t.equal(versions.filter((version) => version === undefined).length, 9)
  })
}

function tagCases(t: Test, open: OpenSubject): void {
  t.test('tags come with what they point at and since when, in pages', async (t) => {
    const { store, clock } = await start(t, open)
    const first = clock.now
    await putAll(store, app, { one: ['a', 'b'] })
    clock.now += 10
    await putAll(store, app, { two: ['b', 'c'], one: ['a'] })
    await putAll(store, other, { one: ['x'] })
    const [one, two] = [digest('one'), digest('two')]
    const all = [
      { tag: tag('a'), digest: one, pushedAt: first },
      { tag: tag('b'), digest: two, pushedAt: clock.now },
      { tag: tag('c'), digest: two, pushedAt: clock.now },
    ]
    t.strictSame(await store.policies.tags(app, { limit: 10 }), all)
    t.strictSame(await store.policies.tags(app, { after: 'a', limit: 1 }), all.slice(1, 2))
    t.strictSame(await store.policies.tags(app, { after: 'c', limit: 1 }), [])
  })

  t.test('a repository nobody knows has no tags and no untagged manifests', async (t) => {
    const { store } = await start(t, open)
    t.strictSame(await store.policies.tags(app, { limit: 10 }), [])
    t.strictSame(await store.policies.untagged(app, { limit: 10 }), { items: [], next: undefined })
    t.equal(await store.policies.isUntagged(app, digest('one')), false)
  })

  t.test('untagged is what no tag, no index and no subject holds', async (t) => {
    const { store, clock } = await start(t, open)
    const pushed = clock.now
    await putAll(store, app, { tagged: ['v1'], plain: [], child: [], left: ['old'] })
    const index = manifest('index', { children: required('child') })
    await store.manifests.put(app, index, [tag('index')])
    const referrers = { held: 'tagged', orphan: 'nothing' }
    for (const [text, subject] of Object.entries(referrers)) {
      await store.manifests.put(app, manifest(text, { subject: digest(subject) }), [])
    }
    clock.now += 50
    await store.tags.delete(app, tag('old'))
    const expected = { plain: pushed, left: clock.now, orphan: pushed }
    const { items, next } = await store.policies.untagged(app, { limit: 100 })
    t.equal(next, undefined)
    t.same(
      new Map(items.map((item) => [item.digest, item.since])),
      new Map(Object.entries(expected).map(([text, since]) => [digest(text), since])),
    )
    t.strictSame(
      items,
      [...items].sort((a, b) => (a.digest < b.digest ? -1 : 1)),
    )
    for (const text of ['tagged', 'plain', 'child', 'left', 'index', 'held', 'orphan', 'none']) {
      t.equal(await store.policies.isUntagged(app, digest(text)), text in expected, text)
    }
    t.equal(await store.policies.isUntagged(other, digest('plain')), false)
  })

  t.test('pages of untagged manifests are bounded by what they look at', async (t) => {
    const { store } = await start(t, open)
    const texts = Array.from({ length: 25 }, (_, n) => `m${n}`)
    for (const [n, text] of texts.entries()) {
      await putAll(store, app, { [text]: n % 5 === 0 ? [] : [`t${n}`] })
    }
    const found: string[] = []
    let pages = 0
    let page = await store.policies.untagged(app, { limit: 10 })
    for (;;) {
      pages += 1
      found.push(...page.items.map((item) => item.digest))
      if (page.next === undefined) break
      page = await store.policies.untagged(app, { after: page.next, limit: 10 })
    }
    t.equal(pages, 3)
    const expected = texts.filter((_, n) => n % 5 === 0).map((text) => digest(text))
    t.same(new Set(found), new Set(expected))
    t.equal(found.length, expected.length)
  })

  t.test('a blob counts for a repository only through a manifest', async (t) => {
    const { store } = await start(t, open)
    const quota = { name: 'team', repositories: ['team/*'], bytes: 100 }
    await store.policies.put('quota', [quota], 0, ann)
    await push(store, app, 'layer')
    t.equal(await store.policies.holds('team', digest('layer')), false)
    await store.manifests.put(app, manifest('m', { blobs: required('layer') }), [])
    t.equal(await store.policies.holds('team', digest('layer')), true)
    t.equal(await store.policies.holds('no such rule', digest('layer')), false)
    t.equal(await store.policies.holds('team', digest('nothing')), false)
  })
}

export function policyCases(t: Test, open: OpenSubject): void {
  documentCases(t, open)
  tagCases(t, open)
  immutabilityCases(t, open)
  quotaCases(t, open)
}
