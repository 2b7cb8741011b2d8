import type { Test } from 'tap'
import {
  app,
  begin,
  digest,
  key,
  manifest,
  newId,
  optional,
  other,
  push,
  putAll,
  required,
  tag,
} from './fixtures.ts'
import { type OpenSubject, start } from './subject.ts'

export function durabilityCases(t: Test, open: OpenSubject): void {
  t.test('everything is there after closing and opening again', async (t) => {
    const { store, reopen, inspect } = await start(t, open)
    await push(store, app, 'layer')
    const upload = await begin(store, other)
    const subject = manifest('m', { blobs: [...required('layer'), ...optional('foreign')] })
    await store.manifests.put(app, subject, [tag('v1'), tag('v2')])
    const annotations = { note: 'kept' }
    const signature = manifest('s', { subject: subject.digest, artifactType: 'a/b', annotations })
    await store.manifests.put(app, signature, [])
    await store.tags.delete(app, tag('v2'))
    await store.trash.add(key('orphan'))
    const record = await store.blobs.find(app, digest('layer'))
    const history = await inspect.history(app)

    const again = await reopen()
    t.ok(record)
    t.strictSame(await again.blobs.find(app, digest('layer')), record)
    t.strictSame((await again.manifests.find(app, { tag: tag('v1') }))?.body, subject.body)
    t.strictSame(await again.tags.list(app, { limit: 9 }), ['v1'])
    t.strictSame(await again.repositories.list({ limit: 9 }), [app])
    t.strictSame(await again.uploads.find(other, upload.id), upload)
    t.strictSame(await again.trash.due(9), ['orphan'])
    const [referrer] = await again.manifests.referrers(app, subject.digest, { limit: 9 })
    t.strictSame(referrer?.annotations, annotations)
    t.strictSame(await inspect.history(app), history)
    t.strictSame((await inspect.edges(app, subject.digest)).pending, [digest('foreign')])
    t.strictSame(await again.manifests.put(app, subject, []), { stored: true, created: false })
  })

  t.test(
    'fifty puts to one tag at once: one wins, none is lost, the history is a chain',
    async (t) => {
      const { store, inspect } = await start(t, open)
      const texts = Array.from({ length: 50 }, (_, i) => `m${i}`)
      const results = await Promise.all(
        texts.map((text) => store.manifests.put(app, manifest(text), [tag('latest')])),
      )
      t.ok(results.every((result) => result.stored && result.created))
      for (const text of texts) t.ok(await store.manifests.head(app, { digest: digest(text) }))
      const history = await inspect.history(app)
      t.equal(history.length, 50)
      t.strictSame(
        history.map((entry) => entry.from),
        [null, ...history.slice(0, -1).map((entry) => entry.to)],
      )
      const winner = await store.manifests.head(app, { tag: tag('latest') })
      t.equal(winner?.digest, history.at(-1)?.to)
    },
  )

  t.test('of twenty uploads of one digest at once one object is kept', async (t) => {
    const { store } = await start(t, open)
    const uploads = await Promise.all(Array.from({ length: 20 }, () => begin(store, app)))
    const committed = await Promise.all(
      uploads.map((upload, i) =>
        store.blobs.commit(upload, { digest: digest('x'), size: 1, key: key(`key-${i}`) }),
      ),
    )
    const replaced = committed.map((result) => result?.replaced)
    t.equal(replaced.filter((old) => old === undefined).length, 1, 'one of them was the first')
    const trash = await store.trash.due(99)
    t.strictSame([...trash].sort(), replaced.filter((old) => old !== undefined).sort())
    t.equal(trash.length, 19)
    const serving = await store.blobs.find(app, digest('x'))
    t.notOk(trash.includes(serving?.key as (typeof trash)[number]))
  })

  t.test('an upload that is committed and cancelled at once has one end', async (t) => {
    const { store } = await start(t, open)
    for (let round = 0; round < 10; round++) {
      const upload = await begin(store, app)
      const record = { digest: digest(`x${round}`), size: 1, key: key(`key-${round}`) }
      const [committed, removed] = await Promise.all([
        store.blobs.commit(upload, record),
        store.uploads.remove(upload.id),
      ])
      t.not(committed !== undefined, removed)
      t.equal((await store.trash.due(99)).includes(record.key), removed)
      t.equal((await store.blobs.find(app, record.digest)) !== undefined, !removed)
    }
  })

  t.test('a manifest and its tags are seen together or not at all', async (t) => {
    const { store } = await start(t, open)
    const tags = ['a', 'b', 'c'].map(tag)
    const wanted = manifest('m')
    const put = store.manifests.put(app, wanted, tags)
    const seen = await Promise.all([
      store.manifests.head(app, { digest: wanted.digest }),
      ...tags.map((each) => store.manifests.head(app, { tag: each })),
    ])
    await put
    t.equal(new Set(seen.map((record) => record?.digest)).size, 1)
    t.equal((await store.tags.list(app, { limit: 9 }))?.length, 3)
  })

  t.test('a closed store rejects and does not throw, and closing again is no error', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { m: ['v1'] })
    await t.resolves(store.probe())
    await store.close()
    const calls: readonly (() => Promise<unknown>)[] = [
      () => store.probe(),
      () => store.repositories.list({ limit: 1 }),
      () => store.repositories.search('a', { limit: 1 }),
      () => store.repositories.exists(app),
      () => store.blobs.find(app, digest('x')),
      () => store.blobs.mount(digest('x'), app),
      () => store.blobs.unlink(app, digest('x')),
      () => store.uploads.create({ id: newId(), repository: app, algorithm: 'sha256' }),
      () => store.uploads.find(app, newId()),
      () => store.uploads.remove(newId()),
      () => store.uploads.startedBefore(1, 1),
      () => store.uploads.known([newId()]),
      () => store.manifests.find(app, { tag: tag('v1') }),
      () => store.manifests.head(app, { tag: tag('v1') }),
      () => store.manifests.headAll(app, [digest('m')]),
      () => store.manifests.put(app, manifest('n'), []),
      () => store.manifests.delete(app, digest('m')),
      () => store.manifests.referrers(app, digest('m'), { limit: 1 }),
      () => store.tags.list(app, { limit: 1 }),
      () => store.tags.delete(app, tag('v1')),
      () => store.trash.add(key('x')),
      () => store.trash.due(1),
      () => store.trash.forget(key('x')),
      () => store.trash.inUse([key('x')]),
    ]
    for (const call of calls) await t.rejects(call(), String(call))
    await t.resolves(store.close())
  })
}
