import type { Test } from 'tap'
import {
  app,
  begin,
  blob,
  digest,
  manifest,
  other,
  push,
  putAll,
  required,
  tag,
} from './fixtures.ts'
import { collectAll, graceMs, keepMs, type OpenSubject, start } from './subject.ts'

export function queueCases(t: Test, open: OpenSubject): void {
  t.test('a new blob is looked at after the grace, a known one is not put off again', async (t) => {
    const { store, inspect, clock } = await start(t, open)
    const due = clock.now + graceMs
    await push(store, app, 'layer')
    t.equal(await inspect.blobDue(digest('layer')), due)
    clock.now += 1000
    await push(store, other, 'layer')
    t.equal(await inspect.blobDue(digest('layer')), due)
  })

  t.test('commit and mount keep the blob for their repository, and never for less', async (t) => {
    const { store, inspect, clock } = await start(t, open)
    const begun = clock.now
    const lease = (repository: typeof app) => inspect.lease(repository, digest('layer'))
    await push(store, app, 'layer')
    t.equal(await lease(app), begun + graceMs)
    clock.now = begun + 1000
    await store.blobs.mount(digest('layer'), other, app)
    t.equal(await lease(other), begun + 1000 + graceMs)
    t.equal(await lease(app), begun + graceMs, 'the source has no more than before')
    await store.blobs.mount(digest('layer'), app, app)
    t.equal(await lease(app), begun + 1000 + graceMs, 'renewed')
    clock.now = begun - 3_600_000
    await push(store, app, 'layer')
    t.equal(await lease(app), begun + 1000 + graceMs, 'a clock that goes back takes nothing away')
  })

  t.test('a manifest without a tag is looked at, one with a tag is not', async (t) => {
    const { store, inspect, clock } = await start(t, open)
    await putAll(store, app, { tagged: ['v1'], untagged: [] })
    t.equal(await inspect.manifestDue(app, digest('tagged')), undefined)
    t.equal(await inspect.manifestDue(app, digest('untagged')), clock.now + graceMs)
    clock.now += 1000
    await putAll(store, app, { untagged: [], tagged: [] })
    t.equal(await inspect.manifestDue(app, digest('untagged')), clock.now + graceMs, 'put off')
    t.equal(await inspect.manifestDue(app, digest('tagged')), undefined)
  })

  t.test('a manifest that loses a tag is looked at when that can not be undone', async (t) => {
    const { store, inspect, clock } = await start(t, open)
    await putAll(store, app, { one: ['v1'], two: ['v2'] })
    clock.now += 1000
    await putAll(store, app, { three: ['v1'] })
    await store.tags.delete(app, tag('v2'))
    for (const text of ['one', 'two']) {
      t.equal(await inspect.manifestDue(app, digest(text)), clock.now + keepMs, text)
    }
    t.equal(await inspect.manifestDue(app, digest('three')), undefined)
    await putAll(store, app, { one: ['v1'] })
    t.equal(await inspect.manifestDue(app, digest('one')), undefined, 'held again')
  })

  t.test('what a manifest holds is not looked at', async (t) => {
    const { store, inspect } = await start(t, open)
    await push(store, app, 'layer')
    await putAll(store, app, { child: [] })
    const parent = manifest('m', { blobs: required('layer'), children: required('child') })
    await store.manifests.put(app, parent, [tag('v1')])
    t.equal(await inspect.blobDue(digest('layer')), undefined)
    t.equal(await inspect.manifestDue(app, digest('child')), undefined)
  })

  t.test('all that a removed manifest held is looked at anew', async (t) => {
    const started = await start(t, open)
    const { store, inspect, clock } = started
    await push(store, app, 'config', 'layer')
    await putAll(store, app, { child: ['c'] })
    const parent = manifest('parent', {
      blobs: required('config', 'layer'),
      children: required('child'),
    })
    await store.manifests.put(app, parent, [tag('p')])
    await store.manifests.put(app, manifest('signature', { subject: parent.digest }), [tag('s')])
    await store.manifests.put(other, manifest('elsewhere', { subject: parent.digest }), [tag('s')])
    await store.manifests.delete(app, parent.digest)
    for (const text of ['config', 'layer']) {
      t.equal(await inspect.blobDue(digest(text)), undefined, `${text} may come back`)
    }
    await collectAll(started)
    const due = clock.now + graceMs
    for (const text of ['config', 'layer']) t.equal(await inspect.blobDue(digest(text)), due, text)
    for (const text of ['child', 'signature']) {
      t.equal(await inspect.manifestDue(app, digest(text)), due, text)
    }
    t.equal(await inspect.manifestDue(other, digest('elsewhere')), undefined)
  })

  t.test('a clock that goes back hurries nothing', async (t) => {
    const { store, inspect, clock } = await start(t, open)
    await putAll(store, app, { one: ['a', 'b'], two: [] })
    await store.tags.delete(app, tag('a'))
    const { now } = clock
    clock.now -= 600_000
    await store.tags.delete(app, tag('b'))
    await putAll(store, app, { two: [] })
    t.equal(await inspect.manifestDue(app, digest('one')), now + keepMs)
    t.equal(await inspect.manifestDue(app, digest('two')), now + graceMs)
  })

  t.test('what was refused or given up is never looked at', async (t) => {
    const { store, inspect } = await start(t, open)
    const upload = await begin(store, app)
    await store.uploads.remove(upload.id)
    await store.blobs.commit(upload, blob('layer'))
    await store.manifests.put(app, manifest('m', { blobs: required('layer') }), [])
    t.equal(await inspect.blobDue(digest('layer')), undefined)
    t.equal(await inspect.manifestDue(app, digest('m')), undefined)
  })
}
