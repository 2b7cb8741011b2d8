import type { Test } from 'tap'
import type { Damage } from '../../../storage/blobs/store.ts'
import {
  app,
  begin,
  blob,
  digest,
  key,
  manifest,
  name,
  optional,
  other,
  push,
  putAll,
  required,
  sorted,
  tag,
} from './fixtures.ts'
import { type OpenSubject, start } from './subject.ts'

const damages: readonly Damage[] = ['missing', 'wrong size', 'wrong content', 'unreadable']

export function integrityCases(t: Test, open: OpenSubject): void {
  t.test('all blobs are seen in pages, in byte order, whoever has them', async (t) => {
    const { store } = await start(t, open)
    const texts = ['a', 'b', 'c', 'd', 'e']
    await push(store, app, 'a', 'b', 'c')
    await push(store, other, 'c', 'd', 'e')
    await store.blobs.unlink(other, digest('e'))
    const seen = []
    for (let after: ReturnType<typeof digest> | undefined; ; ) {
      const page = await store.integrity.blobs(after, 2)
      seen.push(...page.map((each) => each.digest))
      if (page.length < 2) break
      after = page.at(-1)?.digest
    }
    t.strictSame(seen, sorted(texts.map(digest)))
  })

  for (const damage of damages) {
    t.test(`a blob marked as ${damage} is not there until it is pushed again`, async (t) => {
      const { store } = await start(t, open)
      const record = blob('layer')
      await store.blobs.commit(await begin(store, app), record)
      t.equal(await store.integrity.markBlob(record.digest, record.key, damage), true)
      t.equal(await store.blobs.find(app, record.digest), undefined)
      for (const from of [undefined, app]) {
        t.equal(await store.blobs.mount(record.digest, other, from), undefined)
      }
      const wanting = manifest('m', { blobs: required('layer') })
      const put = await store.manifests.put(app, wanting, [])
      t.strictSame(put, { stored: false, missing: [record.digest] })
      t.strictSame(await store.integrity.damagedBlobs(undefined, 10), [{ ...record, damage }])
      t.strictSame(await store.integrity.blob(record.digest), { ...record, damage })

      const fresh = { ...blob('layer'), size: 6 }
      const committed = await store.blobs.commit(await begin(store, other), fresh)
      t.strictSame(committed, { replaced: record.key })
      for (const repository of [app, other]) {
        t.strictSame(await store.blobs.find(repository, record.digest), fresh, 'healed')
      }
      t.strictSame(await store.integrity.damagedBlobs(undefined, 10), [])
    })
  }

  t.test('marked blobs are seen in pages, without the others', async (t) => {
    const { store } = await start(t, open)
    const records = ['a', 'b', 'c', 'd'].map(blob)
    for (const record of records) await store.blobs.commit(await begin(store, app), record)
    const marked = records.slice(0, 3)
    for (const { digest, key } of marked) await store.integrity.markBlob(digest, key, 'missing')
    const [first, ...rest] = sorted(marked.map((record) => record.digest))
    const page = await store.integrity.damagedBlobs(undefined, 1)
    t.strictSame(
      page.map((each) => each.digest),
      [first],
    )
    const others = await store.integrity.damagedBlobs(first, 10)
    t.strictSame(
      others.map((each) => each.digest),
      rest,
    )
  })

  t.test('a mark holds for the object it was made for alone', async (t) => {
    const { store } = await start(t, open)
    const [old, fresh] = [blob('layer'), blob('layer')]
    await store.blobs.commit(await begin(store, app), old)
    await store.blobs.commit(await begin(store, app), fresh)
    t.equal(await store.integrity.markBlob(old.digest, old.key, 'missing'), false)
    t.strictSame(await store.blobs.find(app, old.digest), fresh)
    t.equal(await store.integrity.markBlob(digest('never'), key('never'), 'missing'), false)
    t.equal(await store.integrity.markBlob(fresh.digest, fresh.key, 'unreadable'), true)
    t.equal(await store.integrity.clearBlob(fresh.digest, old.key), false)
    t.equal(await store.blobs.find(app, old.digest), undefined)
    t.equal(await store.integrity.clearBlob(fresh.digest, fresh.key), true)
    t.strictSame(await store.blobs.find(app, old.digest), fresh)
  })

  t.test('the right to a damaged blob can be taken away', async (t) => {
    const { store } = await start(t, open)
    const record = blob('layer')
    await store.blobs.commit(await begin(store, app), record)
    await store.integrity.markBlob(record.digest, record.key, 'missing')
    t.equal(await store.blobs.unlink(app, record.digest), true)
  })

  t.test('keys in use and in the trash are known, others are not', async (t) => {
    const { store } = await start(t, open)
    const record = blob('layer')
    await store.blobs.commit(await begin(store, app), record)
    await store.trash.add(key('waiting'))
    const known = await store.integrity.known([record.key, key('waiting'), key('stray')])
    t.strictSame(known, new Set([record.key, key('waiting')]))
  })

  t.test('all manifests are seen in pages, with all they name', async (t) => {
    const { store } = await start(t, open)
    await push(store, app, 'layer')
    await putAll(store, app, { child: [] })
    const index = manifest('index', {
      blobs: required('layer'),
      children: optional('child', 'late'),
    })
    await store.manifests.put(app, index, [tag('v1')])
    await putAll(store, other, { child: [] })
    const [first, second] = await store.integrity.manifests(0, 2)
    t.match(first, { repository: app, digest: digest('child'), damaged: false })
    t.match(second, { repository: app, digest: index.digest, body: index.body, size: 5 })
    const named = new Set(['layer', 'child', 'late'].map(digest))
    t.strictSame(second?.references, named)
    const rest = await store.integrity.manifests(second?.position ?? 0, 10)
    t.strictSame(
      rest.map(({ repository }) => repository),
      [other],
    )
  })

  t.test('a manifest marked as damaged is not there until it is pushed again', async (t) => {
    const { store, inspect } = await start(t, open)
    await push(store, app, 'layer')
    const image = manifest('m', { blobs: required('layer') })
    await store.manifests.put(app, image, [tag('v1')])
    t.equal(await store.integrity.markManifest(app, digest('m')), true)
    for (const reference of [{ tag: tag('v1') }, { digest: digest('m') }]) {
      t.equal(await store.manifests.find(app, reference), undefined)
      t.equal(await store.manifests.head(app, reference), undefined)
    }
    t.strictSame(await store.manifests.headAll(app, [digest('m')]), [])
    t.strictSame(await store.tags.list(app, { limit: 10 }), ['v1'], 'its tag waits for it')
    t.strictSame((await inspect.edges(app, digest('m'))).blobs, [digest('layer')])

    await store.manifests.put(app, image, [])
    t.strictSame((await store.manifests.find(app, { tag: tag('v1') }))?.body, image.body)
    t.equal(await store.integrity.markManifest(name('no/such'), digest('m')), false)
    t.equal(await store.integrity.markManifest(app, digest('other')), false)
  })

  t.test(
    'a store that was only used by its contract finds nothing wrong with itself',
    async (t) => {
      const { store } = await start(t, open)
      await push(store, app, 'layer', 'loose')
      await store.manifests.put(app, manifest('m', { blobs: required('layer') }), [tag('v1')])
      await putAll(store, other, { gone: [] })
      await store.manifests.delete(other, digest('gone'))
      t.strictSame(await store.integrity.inspect(), [])
    },
  )

  t.test('the position of the background check survives a restart', async (t) => {
    const subject = await start(t, open)
    t.equal(await subject.store.integrity.scrubPosition(), undefined)
    const positions = [
      { after: undefined, startedAt: 5, finishedAt: undefined },
      { after: digest('a'), startedAt: 5, finishedAt: 4 },
    ]
    for (const position of positions) await subject.store.integrity.rememberScrub(position)
    const store = await subject.reopen()
    t.strictSame(await store.integrity.scrubPosition(), positions[1])
  })
}
