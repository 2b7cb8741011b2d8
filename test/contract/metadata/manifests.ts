import type { Test } from 'tap'
import { digestOf } from '../../../src/oci/digest.ts'
import { dockerList, ociIndex } from '../../../src/oci/media-types.ts'
import {
  app,
  digest,
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

export function manifestCases(t: Test, open: OpenSubject): void {
  t.test('a manifest comes back byte for byte, by digest and by tag', async (t) => {
    const { store } = await start(t, open)
    const body = Buffer.from([0x7b, 0x00, 0xff, 0x0a, 0x20, 0x7d])
    const stored = { digest: digestOf(body), mediaType: dockerList, size: body.length, body }
    const put = await store.manifests.put(app, { ...stored, blobs: [], children: [] }, [tag('v1')])
    t.strictSame(put, { stored: true, created: true })
    const { body: _, ...record } = stored
    for (const reference of [{ digest: stored.digest }, { tag: tag('v1') }]) {
      t.strictSame(await store.manifests.find(app, reference), stored)
      t.strictSame(await store.manifests.head(app, reference), record, 'the same without the bytes')
    }
  })

  t.test('a manifest of 4 MiB, and one under a sha512 digest', async (t) => {
    const { store } = await start(t, open)
    const large = Buffer.alloc(4 * 1024 * 1024, 'x')
    await store.manifests.put(app, manifest(large.toString()), [])
    t.ok((await store.manifests.find(app, { digest: digestOf(large) }))?.body.equals(large))
    const long = digestOf(Buffer.from('m'), 'sha512')
    await store.manifests.put(app, manifest('m', { digest: long }), [tag('long')])
    t.equal((await store.manifests.head(app, { tag: tag('long') }))?.digest, long)
    t.equal((await store.manifests.find(app, { digest: long }))?.digest, long)
    t.equal(await store.manifests.find(app, { digest: digest('m') }), undefined)
  })

  t.test('absence is undefined, and other repositories see nothing', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { m: ['v1'] })
    await push(store, other, 'layer')
    for (const repository of [other, name('no/such')]) {
      for (const reference of [{ digest: digest('m') }, { tag: tag('v1') }]) {
        t.equal(await store.manifests.find(repository, reference), undefined)
        t.equal(await store.manifests.head(repository, reference), undefined)
      }
      t.strictSame(await store.manifests.headAll(repository, [digest('m')]), [])
      t.equal(await store.manifests.delete(repository, digest('m')), false)
    }
    t.equal(await store.manifests.find(app, { digest: digest('n') }), undefined)
    t.equal(await store.manifests.find(app, { tag: tag('v2') }), undefined)
  })

  t.test('headAll gives those there are, each once', async (t) => {
    const { store } = await start(t, open)
    const long = digestOf(Buffer.from('m'), 'sha512')
    await putAll(store, app, { one: [], two: [] })
    await store.manifests.put(app, manifest('m', { digest: long, mediaType: ociIndex }), [])
    const wanted = [digest('two'), long, digest('absent'), digest('one'), digest('two')]
    const found = await store.manifests.headAll(app, wanted)
    t.strictSame(
      sorted(found.map((record) => record.digest)),
      sorted([digest('one'), digest('two'), long]),
    )
    t.strictSame(
      found.find((record) => record.digest === long),
      { digest: long, mediaType: ociIndex, size: 1 },
    )
    t.strictSame(await store.manifests.headAll(app, []), [])
    const many = Array.from({ length: 5000 }, (_, i) => digest(`absent ${i}`))
    t.equal((await store.manifests.headAll(app, [...many, digest('one')])).length, 1)
  })

  t.test('putting again changes only the tags', async (t) => {
    const { store, inspect } = await start(t, open)
    await push(store, app, 'layer')
    await store.manifests.put(app, manifest('m', { blobs: required('layer') }), [tag('v1')])
    const again = manifest('m', { mediaType: dockerList, blobs: required('layer') })
    t.strictSame(await store.manifests.put(app, again, [tag('v2')]), {
      stored: true,
      created: false,
    })
    t.equal(
      (await store.manifests.head(app, { tag: tag('v2') }))?.mediaType,
      manifest('m').mediaType,
    )
    t.strictSame(await store.tags.list(app, { limit: 9 }), ['v1', 'v2'])
    t.strictSame(await inspect.edges(app, digest('m')), {
      blobs: [digest('layer')],
      children: [],
      pending: [],
    })
    t.strictSame(
      await store.manifests.put(other, manifest('m'), []),
      { stored: true, created: true },
      'in another repository it is another manifest',
    )
  })

  t.test('missing content is told each once, as listed, and nothing is changed', async (t) => {
    const { store, inspect } = await start(t, open)
    await push(store, app, 'there')
    await putAll(store, app, { old: ['v1'] })
    const incomplete = manifest('m', {
      blobs: [...required('z', 'there', 'a', 'z'), ...optional('z', 'b')],
      children: required('k', 'a', 'old'),
      subject: digest('old'),
    })
    t.strictSame(await store.manifests.put(app, incomplete, [tag('v1'), tag('v2')]), {
      stored: false,
      missing: ['z', 'a', 'k'].map(digest),
    })
    t.equal(await store.manifests.head(app, { digest: digest('m') }), undefined)
    t.strictSame(await store.tags.list(app, { limit: 9 }), ['v1'])
    t.equal((await store.manifests.head(app, { tag: tag('v1') }))?.digest, digest('old'))
    t.equal((await inspect.history(app)).length, 1)
    t.strictSame(await store.manifests.referrers(app, digest('old'), { limit: 9 }), [])
    const nowhere = name('no/such')
    t.equal((await store.manifests.put(nowhere, incomplete, [])).stored, false)
    t.equal(await store.repositories.exists(nowhere), false)
  })

  t.test('a digest that is required once and optional once is required', async (t) => {
    const { store } = await start(t, open)
    const put = await store.manifests.put(
      app,
      manifest('m', { blobs: [...optional('x'), ...required('x')] }),
      [],
    )
    t.strictSame(put, { stored: false, missing: [digest('x')] })
  })

  t.test('content named several times is one edge', async (t) => {
    const { store, inspect } = await start(t, open)
    await push(store, app, 'config', 'layer')
    await putAll(store, app, { child: [] })
    const doubled = manifest('m', {
      blobs: [...required('config', 'layer', 'layer', 'config'), ...optional('f', 'f')],
      children: required('child', 'child'),
    })
    t.strictSame(await store.manifests.put(app, doubled, []), { stored: true, created: true })
    t.strictSame(await inspect.edges(app, digest('m')), {
      blobs: sorted([digest('config'), digest('layer')]),
      children: [digest('child')],
      pending: [digest('f')],
    })
  })

  t.test('a child is a manifest of this repository or a linked blob', async (t) => {
    const { store, inspect } = await start(t, open)
    await push(store, app, 'cache layer')
    await push(store, other, 'foreign layer')
    await putAll(store, app, { child: [] })
    await putAll(store, other, { foreign: [] })
    const index = (...texts: string[]) => manifest(texts.join(), { children: required(...texts) })
    t.strictSame(await store.manifests.put(app, index('foreign', 'foreign layer'), []), {
      stored: false,
      missing: [digest('foreign'), digest('foreign layer')],
    })
    t.strictSame(await store.manifests.put(app, index('child', 'cache layer'), []), {
      stored: true,
      created: true,
    })
    t.strictSame(await inspect.edges(app, digest('child,cache layer')), {
      blobs: [digest('cache layer')],
      children: [digest('child')],
      pending: [],
    })
  })

  t.test('a manifest does not stand in for a required blob', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { child: [] })
    const put = await store.manifests.put(app, manifest('m', { blobs: required('child') }), [])
    t.strictSame(put, { stored: false, missing: [digest('child')] })
  })

  t.test(
    'deleting removes the manifest and all tags that point at it, and only them',
    async (t) => {
      const { store, inspect, clock } = await start(t, open)
      await putAll(store, app, { one: ['v1', 'latest', 'v1.0'], two: ['v2'] })
      await putAll(store, other, { one: ['v1'] })
      clock.now += 1000
      t.equal(await store.manifests.delete(app, digest('one')), true)
      for (const reference of [
        { digest: digest('one') },
        ...['v1', 'latest'].map((v) => ({ tag: tag(v) })),
      ]) {
        t.equal(await store.manifests.find(app, reference), undefined)
      }
      t.strictSame(await store.tags.list(app, { limit: 9 }), ['v2'])
      t.ok(await store.manifests.find(other, { tag: tag('v1') }))
      t.strictSame((await inspect.history(app)).slice(4), [
        { tag: 'latest', from: digest('one'), to: null, at: clock.now },
        { tag: 'v1', from: digest('one'), to: null, at: clock.now },
        { tag: 'v1.0', from: digest('one'), to: null, at: clock.now },
      ])
      t.equal(await store.manifests.delete(app, digest('one')), false, 'it is gone')
    },
  )

  t.test('children, referrers and blobs outlive what named them', async (t) => {
    const { store } = await start(t, open)
    await push(store, app, 'layer')
    await putAll(store, app, { child: [] })
    const index = manifest('index', { children: required('child'), blobs: required('layer') })
    await store.manifests.put(app, index, [tag('v1')])
    await store.manifests.put(app, manifest('signature', { subject: index.digest }), [])
    await store.manifests.delete(app, index.digest)
    t.ok(await store.manifests.find(app, { digest: digest('child') }))
    t.ok(await store.manifests.find(app, { digest: digest('signature') }))
    t.ok(await store.blobs.find(app, digest('layer')))
    const referrers = await store.manifests.referrers(app, index.digest, { limit: 9 })
    t.strictSame(
      referrers.map((referrer) => referrer.digest),
      [digest('signature')],
    )
    t.strictSame(await store.manifests.put(app, index, [tag('v1')]), {
      stored: true,
      created: true,
    })
  })
}
