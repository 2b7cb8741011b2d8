import type { Test } from 'tap'
import { app, begin, blob, key } from './fixtures.ts'
import { type OpenSubject, start } from './subject.ts'

export function trashCases(t: Test, open: OpenSubject): void {
  t.test('what is added is due until it is forgotten, what waits longest first', async (t) => {
    const { store, clock } = await start(t, open)
    await store.trash.add(key('b'))
    clock.now += 10
    await store.trash.add(key('a'))
    t.strictSame(await store.trash.due(10), ['b', 'a'])
    t.strictSame(await store.trash.due(1), ['b'])
    await store.trash.forget(key('b'))
    t.strictSame(await store.trash.due(10), ['a'])
    await t.resolves(store.trash.forget(key('b')), 'forgetting again is no error')
  })

  t.test('adding twice is adding once', async (t) => {
    const { store, clock } = await start(t, open)
    await store.trash.add(key('a'))
    clock.now += 10
    await store.trash.add(key('b'))
    await store.trash.add(key('a'))
    t.strictSame(await store.trash.due(10), ['a', 'b'], 'and keeps its place')
  })

  t.test('what a row names can not be trashed', async (t) => {
    const { store } = await start(t, open)
    const record = blob('layer')
    await store.blobs.commit(await begin(store, app), record)
    await store.trash.add(record.key)
    t.strictSame(await store.trash.due(10), [])
    t.strictSame(await store.blobs.find(app, record.digest), record)
  })

  t.test('inUse tells the keys that serve', async (t) => {
    const { store } = await start(t, open)
    const record = blob('layer')
    await store.blobs.commit(await begin(store, app), record)
    t.strictSame(await store.trash.inUse([key('x'), record.key]), new Set([record.key]))
    t.strictSame(await store.trash.inUse([]), new Set())
    await store.blobs.unlink(app, record.digest)
    t.strictSame(
      await store.trash.inUse([record.key]),
      new Set([record.key]),
      'with or without a right',
    )
  })
}
