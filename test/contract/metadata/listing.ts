import type { Test } from 'tap'
import { dockerList, ociIndex } from '../../../src/oci/media-types.ts'
import {
  type ManifestPosition,
  mostNamed,
  mostReferrers,
  type TagPosition,
} from '../../../storage/metadata/listing/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import { app, digest, manifest, other, push, putAll, required, sorted, tag } from './fixtures.ts'
import { type OpenSubject, start } from './subject.ts'

const byName = { by: 'name', descending: false, limit: 100 } as const
const newest = { descending: true, limit: 100 } as const
const imageConfig = 'application/vnd.oci.image.config.v1+json'

/** Page after page, one entry each. */
async function walk<Row, At>(
  page: (after?: At) => Promise<{ items: readonly Row[]; next?: At } | undefined>,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  let after: At | undefined
  for (;;) {
    const found = await page(after)
    rows.push(...(found?.items ?? []))
    after = found?.next
    if (after === undefined) return rows
  }
}

async function putIndex(store: MetadataStore, text: string, children: string[], tags: string[]) {
  const index = manifest(text, { mediaType: ociIndex, children: required(...children) })
  await store.manifests.put(app, index, tags.map(tag))
}

function tagLists(t: Test, open: OpenSubject): void {
  t.test('tags come by name or by time, up and down, whatever the pages', async (t) => {
    const { store, clock } = await start(t, open)
    for (const names of [['b'], ['d', 'a'], ['c', 'B']]) {
      await putAll(store, app, { [`m-${names}`]: names })
      clock.now += 1000
    }
    await putAll(store, other, { m: ['elsewhere'] })
    const orders = [
      ['name', false, ['B', 'a', 'b', 'c', 'd']],
      ['name', true, ['d', 'c', 'b', 'a', 'B']],
      ['pushedAt', false, ['b', 'a', 'd', 'B', 'c']],
      ['pushedAt', true, ['c', 'B', 'd', 'a', 'b']],
    ] as const
    const cases = orders.flatMap((order) => [1, 2, 5].map((limit) => ({ order, limit })))
    for (const { order, limit } of cases) {
      const [by, descending, names] = order
      const rows = await walk((after?: TagPosition) =>
        store.listing.tags(app, { by, descending, after, limit }),
      )
      const found: readonly string[] = rows.map(({ name }) => name)
      t.strictSame(found, names, `${by} ${descending} ${limit}`)
    }
  })

  t.test('a tag is listed with its time and its manifest', async (t) => {
    const { store, clock } = await start(t, open)
    const image = manifest('image', { artifactType: imageConfig })
    await store.manifests.put(app, image, [tag('v1')])
    const found = await store.listing.tags(app, byName)
    t.strictSame(found, {
      items: [
        {
          name: tag('v1'),
          pushedAt: clock.now,
          digest: image.digest,
          mediaType: image.mediaType,
          artifactType: imageConfig,
        },
      ],
    })
  })

  t.test('tags are found by a part of their name; no letter stands for others', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { m: ['v1.0', 'v1_0', 'v100', 'V1.0', 'rc-1.0'] })
    const find = async (contains: string) =>
      (await store.listing.tags(app, { ...byName, contains }))?.items.map(({ name }) => name)
    t.strictSame(await find('1.0'), ['V1.0', 'rc-1.0', 'v1.0'])
    t.strictSame(await find('1_0'), ['v1_0'])
    t.strictSame(await find('%'), [])
    t.strictSame(await find(''), ['V1.0', 'rc-1.0', 'v1.0', 'v100', 'v1_0'])
  })

  t.test('an unknown repository has no lists, an empty one empty ones', async (t) => {
    const { store } = await start(t, open)
    t.equal(await store.listing.tags(app, byName), undefined)
    t.equal(await store.listing.manifests(app, newest), undefined)
    t.equal(await store.listing.repository(app), undefined)
    await push(store, app, 'layer')
    t.strictSame(await store.listing.tags(app, byName), { items: [] })
    t.strictSame(await store.listing.manifests(app, newest), { items: [] })
    t.match(await store.listing.repository(app), { tagCount: 0, manifestCount: 0 })
  })
}

function manifestLists(t: Test, open: OpenSubject): void {
  t.test('manifests come by time with what holds them, whatever the pages', async (t) => {
    const { store, clock } = await start(t, open)
    await putAll(store, app, { a: [], b: ['x', 'w'] })
    clock.now += 1000
    await putIndex(store, 'index', ['a', 'b'], ['i'])
    const subject = digest('b')
    await store.manifests.put(app, manifest('sig', { subject, artifactType: 'x/sig' }), [])
    await putAll(store, other, { elsewhere: ['a'] })
    const early = sorted([digest('a'), digest('b')])
    const late = sorted([digest('index'), digest('sig')])
    for (const limit of [1, 2, 4]) {
      const up = await walk((after?: ManifestPosition) =>
        store.listing.manifests(app, { descending: false, after, limit }),
      )
      const digests = [...early, ...late]
      t.strictSame(
        up.map((row) => row.digest),
        digests,
      )
      const down = await walk((after?: ManifestPosition) =>
        store.listing.manifests(app, { ...newest, after, limit }),
      )
      t.strictSame(down, up.toReversed())
    }
    const { items = [] } = (await store.listing.manifests(app, newest)) ?? {}
    const rows = new Map(items.map((row) => [row.digest, row]))
    t.match(rows.get(digest('a')), { tags: [], indexes: [digest('index')] })
    t.match(rows.get(digest('b')), { tags: ['w', 'x'], indexes: [digest('index')] })
    t.match(rows.get(digest('index')), { tags: ['i'], indexes: [], mediaType: ociIndex })
    t.match(rows.get(digest('sig')), { tags: [], indexes: [], subject, artifactType: 'x/sig' })
  })

  t.test('manifests are told apart by kind and by having a tag', async (t) => {
    const { store } = await start(t, open)
    const image = { artifactType: imageConfig }
    await store.manifests.put(app, manifest('image', image), [tag('v1')])
    await store.manifests.put(app, manifest('loose', image), [])
    await store.manifests.put(app, manifest('chart', { artifactType: 'x/chart' }), [])
    await store.manifests.put(app, manifest('bare'), [])
    await putIndex(store, 'index', [], ['v2'])
    await store.manifests.put(app, manifest('list', { mediaType: dockerList }), [])
    const cases = [
      [{ kind: 'image' }, ['image', 'loose']],
      [{ kind: 'index' }, ['index', 'list']],
      [{ kind: 'artifact' }, ['chart', 'bare']],
      [{ tagged: true }, ['image', 'index']],
      [{ tagged: false }, ['loose', 'chart', 'bare', 'list']],
      [{ tagged: false, kind: 'image' }, ['loose']],
      [{ tagged: true, kind: 'artifact' }, []],
    ] as const
    for (const [filter, texts] of cases) {
      const found = await store.listing.manifests(app, { ...newest, ...filter })
      const digests = found?.items.map((row) => row.digest) ?? []
      t.strictSame(sorted(digests), sorted(texts.map(digest)), JSON.stringify(filter))
    }
  })
}

function factLists(t: Test, open: OpenSubject): void {
  t.test('pulling all of something counts each blob and each manifest once', async (t) => {
    const { store } = await start(t, open)
    await push(store, app, 'base', 'one', 'three')
    const put = (text: string, ...blobs: string[]) =>
      store.manifests.put(app, manifest(text, { blobs: required(...blobs) }), [])
    await put('a', 'base', 'one')
    await put('bb', 'base', 'three')
    await putIndex(store, 'index', ['a', 'bb'], [])
    await putIndex(store, 'outer', ['index', 'a'], [])
    const absent = [{ digest: digest('not here'), required: false }]
    await store.manifests.put(app, manifest('part', { blobs: absent }), [])
    const texts = ['a', 'bb', 'index', 'outer', 'part', 'unknown']
    const sizes = await store.listing.pullSizes(app, [...texts, 'a'].map(digest))
    const whole = 1 + 2 + 5 + 'base'.length + 'one'.length + 'three'.length
    const wanted = { a: 1 + 4 + 3, bb: 2 + 4 + 5, index: whole, outer: whole + 5, part: 4 }
    const entries = Object.entries(wanted).map(([text, size]) => [digest(text), size] as const)
    t.strictSame(new Map([...sizes].sort()), new Map(entries.sort()))
    t.strictSame(await store.listing.pullSizes(other, [digest('a')]), new Map(), 'its own alone')
  })

  t.test('bodies come of those that are there and short enough', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { short: [], longer: [] })
    const wanted = [digest('short'), digest('longer'), digest('unknown')]
    const found = await store.listing.bodies(app, wanted, 5)
    t.strictSame([...found.keys()], [digest('short')])
    t.equal(String(found.get(digest('short'))), 'short')
  })

  t.test('what hangs on a manifest is named and counted, up to a number', async (t) => {
    const { store } = await start(t, open)
    const names = Array.from({ length: mostNamed + 2 }, (_, at) => `v${at + 10}`)
    await putAll(store, app, { many: names, one: ['x'] })
    const subject = digest('one')
    for (let n = 0; n <= mostReferrers; n++) {
      const artifactType = n < 3 ? 'x/sig' : 'x/sbom'
      await store.manifests.put(app, manifest(`r${n}`, { subject, artifactType }), [])
    }
    await store.manifests.put(app, manifest('untyped', { subject: digest('many') }), [])
    const wanted = [digest('many'), digest('one'), digest('unknown')]
    const found = await store.listing.companions(app, wanted)
    t.strictSame(sorted(found.keys()), sorted(wanted.slice(0, 2)))
    t.strictSame(found.get(digest('many')), {
      tags: names.slice(0, mostNamed + 1),
      referrers: { '': 1 },
    })
    const { tags, referrers } = found.get(subject) ?? { tags: [], referrers: {} }
    t.strictSame(tags, ['x'])
    const counts = Object.values(referrers)
    t.equal(
      counts.reduce((sum, count) => sum + count),
      mostReferrers,
    )
  })

  t.test('a repository tells how much it holds', async (t) => {
    const { store, clock } = await start(t, open)
    const createdAt = clock.now
    await putAll(store, app, { a: ['1', '2'], b: ['3'], c: [] })
    clock.now += 5
    await putAll(store, other, { a: ['x'] })
    const facts = await store.listing.repository(app)
    t.strictSame(facts, { createdAt, tagCount: 3, manifestCount: 3 })
  })

  t.test('a layer tells who uses it', async (t) => {
    const { store, clock } = await start(t, open)
    await push(store, app, 'layer')
    await push(store, other, 'layer')
    const blobs = required('layer')
    await store.manifests.put(app, manifest('a', { blobs }), [tag('v1')])
    await store.manifests.put(app, manifest('b', { blobs }), [])
    await store.manifests.put(other, manifest('a', { blobs }), [])
    await putIndex(store, 'index', ['a', 'b'], ['i'])
    const layer = digest('layer')
    const facts = { size: 5, createdAt: clock.now, repositories: 2, manifests: 3 }
    t.strictSame(await store.listing.layer(layer), facts)
    t.equal(await store.listing.layer(digest('unknown')), undefined)
    const users = await walk((after?: number) =>
      store.listing.layerUsers(layer, { after, limit: 1 }),
    )
    t.strictSame(
      users.map((user) => ({ ...user, tags: sorted(user.tags) })),
      [
        { repository: app, digest: digest('a'), tags: ['i', 'v1'] },
        { repository: app, digest: digest('b'), tags: ['i'] },
        { repository: other, digest: digest('a'), tags: [] },
      ],
    )
    const none = await store.listing.layerUsers(digest('unknown'), { limit: 1 })
    t.strictSame(none, { items: [] })
  })
}

export function listingCases(t: Test, open: OpenSubject): void {
  tagLists(t, open)
  manifestLists(t, open)
  factLists(t, open)
}
