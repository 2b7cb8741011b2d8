import type { Test } from 'tap'
import { app, digest, manifest, optional, push, putAll, required, sorted, tag } from './fixtures.ts'
import { collectAll, type OpenSubject, start } from './subject.ts'

export function putAgainCases(t: Test, open: OpenSubject): void {
  t.test('what it requires must still be there, else nothing is changed', async (t) => {
    const started = await start(t, open)
    const { store, inspect } = started
    await push(store, app, 'config', 'layer')
    await putAll(store, app, { child: [], old: ['v2'] })
    const whole = manifest('m', {
      blobs: required('config', 'layer'),
      children: required('child'),
    })
    await store.manifests.put(app, whole, [tag('v1')])
    await store.blobs.unlink(app, digest('layer'))
    await store.manifests.delete(app, digest('child'))
    await collectAll(started)
    const history = await inspect.history(app)
    t.strictSame(await store.manifests.put(app, whole, [tag('v1'), tag('v2'), tag('v3')]), {
      stored: false,
      missing: [digest('layer'), digest('child')],
    })
    t.strictSame(await store.tags.list(app, { limit: 9 }), ['v1', 'v2'])
    t.equal((await store.manifests.head(app, { tag: tag('v2') }))?.digest, digest('old'))
    t.strictSame(await inspect.history(app), history)
    t.ok(await store.manifests.find(app, { tag: tag('v1') }), 'what was stored is there still')

    await push(store, app, 'layer')
    await putAll(store, app, { child: [] })
    t.strictSame(await store.manifests.put(app, whole, [tag('v2')]), {
      stored: true,
      created: false,
    })
    t.equal((await store.manifests.head(app, { tag: tag('v2') }))?.digest, whole.digest)
  })

  t.test('what it does not require may have gone, and is linked when it comes back', async (t) => {
    const started = await start(t, open)
    const { store, inspect } = started
    await push(store, app, 'layer')
    await putAll(store, app, { child: [] })
    const lenient = manifest('m', { blobs: optional('layer'), children: optional('child') })
    const again = () => store.manifests.put(app, lenient, [tag('v1')])
    await again()
    await store.blobs.unlink(app, digest('layer'))
    await store.manifests.delete(app, digest('child'))
    await collectAll(started)
    t.strictSame(await again(), { stored: true, created: false })
    const parted = { blobs: [digest('layer')], children: [], pending: [digest('child')] }
    t.strictSame(await inspect.edges(app, lenient.digest), parted, 'a held blob is not waited for')
    await putAll(store, app, { child: [] })
    await push(store, app, 'layer')
    const joined = { blobs: [digest('layer')], children: [digest('child')], pending: [] }
    t.strictSame(await inspect.edges(app, lenient.digest), joined)
  })

  t.test('edges that were taken away are put back', async (t) => {
    const { store, inspect, loseEdges } = await start(t, open)
    await push(store, app, 'config', 'layer')
    await putAll(store, app, { child: [] })
    const whole = manifest('m', {
      blobs: [...required('config', 'layer'), ...optional('foreign')],
      children: required('child'),
    })
    await store.manifests.put(app, whole, [])
    const before = await inspect.edges(app, whole.digest)
    t.strictSame(before, {
      blobs: sorted([digest('config'), digest('layer')]),
      children: [digest('child')],
      pending: [digest('foreign')],
    })
    await loseEdges(app, whole.digest)
    t.strictSame((await inspect.edges(app, whole.digest)).blobs, [])
    await store.manifests.put(app, whole, [])
    t.strictSame(await inspect.edges(app, whole.digest), before)
  })
}
