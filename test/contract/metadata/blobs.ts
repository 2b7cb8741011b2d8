import type { Test } from 'tap'
import { digestOf } from '../../../src/oci/digest.ts'
import {
  app,
  begin,
  blob,
  digest,
  key,
  manifest,
  name,
  other,
  push,
  required,
  tag,
} from './fixtures.ts'
import { type OpenSubject, start } from './subject.ts'

export function blobCases(t: Test, open: OpenSubject): void {
  t.test('a committed blob is found as it was given, and its upload is over', async (t) => {
    const { store } = await start(t, open)
    const upload = await begin(store, app)
    const record = blob('layer')
    t.strictSame(await store.blobs.commit(upload, record), {
      replaced: undefined,
    })
    t.strictSame(await store.blobs.find(app, record.digest), record)
    t.equal(await store.uploads.find(app, upload.id), undefined)
    t.strictSame(await store.trash.due(10), [])
  })

  t.test('a sha512 blob, an empty one and one larger than 4 GiB', async (t) => {
    const { store } = await start(t, open)
    const records = [
      { digest: digestOf(Buffer.from('x'), 'sha512'), size: 1, key: key('long') },
      { digest: digest(''), size: 0, key: key('empty') },
      { digest: digest('huge'), size: 9_007_199_254_740_991, key: key('huge') },
    ]
    for (const record of records) {
      await store.blobs.commit(await begin(store, app), record)
      t.strictSame(await store.blobs.find(app, record.digest), record)
    }
  })

  t.test('content of another repository is invisible', async (t) => {
    const { store } = await start(t, open)
    await push(store, other, 'secret')
    await push(store, app, 'layer')
    t.equal(await store.blobs.find(app, digest('secret')), undefined)
    t.equal(await store.blobs.find(name('never/pushed'), digest('secret')), undefined)
    const put = await store.manifests.put(app, manifest('m', { blobs: required('secret') }), [])
    t.strictSame(put, { stored: false, missing: [digest('secret')] })
  })

  t.test('what any repository has is found anywhere, unless it is damaged', async (t) => {
    const { store } = await start(t, open)
    t.equal(await store.blobs.anywhere(digest('layer')), undefined)
    const record = blob('layer')
    await store.blobs.commit(await begin(store, other), record)
    t.strictSame(await store.blobs.anywhere(record.digest), record)
    await store.integrity.markBlob(record.digest, record.key, 'wrong content')
    t.equal(await store.blobs.anywhere(record.digest), undefined)
    const healed = blob('layer')
    await store.blobs.commit(await begin(store, app), healed)
    t.strictSame(await store.blobs.anywhere(record.digest), healed)
    await store.blobs.unlink(app, record.digest)
    await store.blobs.unlink(other, record.digest)
    t.equal(await store.blobs.anywhere(record.digest), undefined, 'nobody has a right to it')
  })

  t.test(
    'the second upload of a digest serves from then on and trashes the first object',
    async (t) => {
      const { store } = await start(t, open)
      const first = blob('layer')
      const second = blob('layer')
      await store.blobs.commit(await begin(store, app), first)
      const committed = await store.blobs.commit(await begin(store, other), second)
      t.strictSame(committed, { replaced: first.key })
      for (const repository of [app, other]) {
        t.strictSame(await store.blobs.find(repository, first.digest), second, repository)
      }
      t.strictSame(await store.trash.due(10), [first.key])
      t.strictSame(await store.trash.inUse([first.key, second.key]), new Set([second.key]))
    },
  )

  t.test('committing a cancelled upload stores nothing and trashes the object', async (t) => {
    const { store } = await start(t, open)
    const upload = await begin(store, app)
    await store.uploads.remove(upload.id)
    const record = blob('layer')
    t.equal(await store.blobs.commit(upload, record), undefined)
    t.equal(await store.blobs.find(app, record.digest), undefined)
    t.equal(await store.repositories.exists(app), false)
    t.strictSame(await store.trash.due(10), [record.key])
  })

  t.test('an upload can not be committed into another repository', async (t) => {
    const { store } = await start(t, open)
    const upload = await begin(store, app)
    const stolen = { ...upload, repository: other }
    t.equal(await store.blobs.commit(stolen, blob('layer')), undefined)
    t.equal(await store.blobs.find(other, digest('layer')), undefined)
    t.strictSame(await store.uploads.find(app, upload.id), upload, 'the upload is still there')
  })

  t.test('committing twice does not trash the object that serves', async (t) => {
    const { store } = await start(t, open)
    const upload = await begin(store, app)
    const record = blob('layer')
    await store.blobs.commit(upload, record)
    t.equal(await store.blobs.commit(upload, record), undefined)
    t.strictSame(await store.trash.due(10), [])
    t.strictSame(await store.blobs.find(app, record.digest), record)
  })

  t.test('an object that is in the trash already never serves', async (t) => {
    const { store } = await start(t, open)
    const upload = await begin(store, app)
    const record = blob('layer')
    await store.trash.add(record.key)
    t.equal(await store.blobs.commit(upload, record), undefined)
    t.equal(await store.blobs.find(app, record.digest), undefined)
    t.equal(await store.uploads.find(app, upload.id), undefined)
    t.strictSame(await store.trash.due(10), [record.key])
  })

  t.test('a key that another digest uses is refused as a whole', async (t) => {
    const { store } = await start(t, open)
    const record = blob('layer')
    await store.blobs.commit(await begin(store, app), record)
    const upload = await begin(store, other)
    await t.rejects(store.blobs.commit(upload, { ...blob('evil'), key: record.key }))
    t.strictSame(await store.uploads.find(other, upload.id), upload, 'nothing of it happened')
    t.equal(await store.repositories.exists(other), false)
  })

  t.test('a mount gives the right to what the source has, and to nothing else', async (t) => {
    const { store } = await start(t, open)
    const third = name('third')
    await push(store, other, 'layer')
    await push(store, third, 'else')
    const record = await store.blobs.find(other, digest('layer'))
    t.equal(await store.blobs.mount(digest('layer'), app, third), undefined, 'source without it')
    t.equal(await store.blobs.mount(digest('layer'), app, name('no/such')), undefined)
    t.equal(await store.repositories.exists(app), false)
    t.strictSame(await store.blobs.mount(digest('layer'), app, other), record)
    t.strictSame(await store.blobs.find(app, digest('layer')), record)
    t.equal(await store.blobs.find(third, digest('layer')), undefined)
  })

  t.test('a mount without a source takes it from any repository that has it', async (t) => {
    const { store } = await start(t, open)
    t.equal(await store.blobs.mount(digest('layer'), app), undefined)
    await push(store, other, 'layer')
    const record = await store.blobs.find(other, digest('layer'))
    t.strictSame(await store.blobs.mount(digest('layer'), app), record)
    await store.blobs.unlink(app, digest('layer'))
    await store.blobs.unlink(other, digest('layer'))
    t.equal(await store.blobs.mount(digest('layer'), app), undefined, 'no repository has it now')
    t.equal(await store.blobs.find(app, digest('layer')), undefined)
  })

  t.test('mounting what the target has already is enough, whoever is the source', async (t) => {
    const { store } = await start(t, open)
    await push(store, app, 'layer')
    const record = await store.blobs.find(app, digest('layer'))
    t.ok(record)
    for (const from of [undefined, app, other]) {
      t.strictSame(await store.blobs.mount(digest('layer'), app, from), record)
    }
  })

  t.test('unlinking takes one right away and leaves the others', async (t) => {
    const { store } = await start(t, open)
    await push(store, app, 'layer')
    await push(store, other, 'layer')
    t.equal(await store.blobs.unlink(app, digest('layer')), true)
    t.equal(await store.blobs.find(app, digest('layer')), undefined)
    t.ok(await store.blobs.find(other, digest('layer')))
    t.equal(await store.blobs.unlink(app, digest('layer')), false, 'it had none any more')
    t.equal(await store.blobs.unlink(name('no/such'), digest('layer')), false)
    t.equal(await store.blobs.unlink(app, digest('unknown')), false)
  })

  t.test(
    'a manifest stays when a blob it names is unlinked, and holds it when it is back',
    async (t) => {
      const { store, inspect } = await start(t, open)
      await push(store, app, 'layer')
      await store.manifests.put(app, manifest('m', { blobs: required('layer') }), [tag('v1')])
      await store.blobs.unlink(app, digest('layer'))
      t.ok(await store.manifests.find(app, { tag: tag('v1') }))
      await push(store, app, 'layer')
      t.ok(await store.blobs.find(app, digest('layer')))
      t.strictSame((await inspect.edges(app, digest('m'))).blobs, [digest('layer')])
    },
  )
}
