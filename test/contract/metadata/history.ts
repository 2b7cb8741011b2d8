import type { Test } from 'tap'
import { app, digest, other, putAll, tag } from './fixtures.ts'
import { collectAll, keepMs, type OpenSubject, start } from './subject.ts'

const alice = { name: 'alice', client: '192.0.2.7' }
const v1 = tag('v1')

export function historyCases(t: Test, open: OpenSubject): void {
  t.test('every move of a tag is told, the newest first', async (t) => {
    const { store, clock } = await start(t, open)
    const begun = clock.now
    await putAll(store, app, { one: ['v1'] })
    clock.now += 1000
    await putAll(store, app, { two: ['v1'] })
    clock.now += 1000
    await store.tags.delete(app, v1, alice)
    const moves = await store.history.moves({ repository: app, tag: v1, limit: 10 })
    t.match(moves, [
      { from: digest('two'), at: begun + 2000, by: alice, restorable: true },
      {
        from: digest('one'),
        to: digest('two'),
        at: begun + 1000,
        keptUntil: begun + 1000 + keepMs,
      },
      { to: digest('one'), at: begun, by: { client: '' }, restorable: false },
    ])
    t.notOk('to' in (moves[0] ?? {}))
    t.notOk('from' in (moves[2] ?? {}))
  })

  t.test('pages by tag, by repository and of all', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { one: ['v1', 'v2'] })
    await putAll(store, other, { two: ['v1'] })
    const all = await store.history.moves({ limit: 10 })
    t.strictSame(
      all.map((move) => [move.repository, move.tag]),
      [
        [other, 'v1'],
        [app, 'v2'],
        [app, 'v1'],
      ],
    )
    const before = all[0]?.position
    t.strictSame(await store.history.moves({ before, limit: 1 }), [all[1]])
    t.strictSame(await store.history.moves({ repository: app, limit: 10 }), all.slice(1))
    t.strictSame(await store.history.moves({ repository: app, tag: v1, limit: 10 }), [all[2]])
  })

  t.test('a tag that was overwritten or deleted is pointed back', async (t) => {
    const { store } = await start(t, open)
    const pointsAt = async () => (await store.manifests.head(app, { tag: v1 }))?.digest
    await putAll(store, app, { one: ['v1'] })
    await putAll(store, app, { two: ['v1'] })
    const restored = await store.history.restore(app, v1, digest('one'), alice)
    t.strictSame(restored, { restored: true, from: digest('two') })
    t.equal(await pointsAt(), digest('one'))
    await store.tags.delete(app, v1)
    const again = await store.history.restore(app, v1, digest('two'), alice)
    t.strictSame(again, { restored: true, from: undefined })
    t.equal(await pointsAt(), digest('two'))
    const [last] = await store.history.moves({ repository: app, tag: v1, limit: 1 })
    t.match(last, { to: digest('two'), by: alice }, 'a move of its own')
  })

  t.test('a manifest that was deleted by its digest comes back with its tag', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { one: ['v1', 'v2'] })
    await store.manifests.delete(app, digest('one'))
    t.equal(await store.manifests.head(app, { digest: digest('one') }), undefined)
    t.strictSame(await store.repositories.list({ limit: 10 }), [])
    t.match(await store.history.restore(app, v1, digest('one'), alice), { restored: true })
    t.equal((await store.manifests.head(app, { tag: v1 }))?.digest, digest('one'))
    t.strictSame(await store.repositories.list({ limit: 10 }), [app])
    t.equal(await store.manifests.head(app, { tag: tag('v2') }), undefined, 'that tag alone')
  })

  t.test('no tag comes to where it never was, nor back to what is collected', async (t) => {
    const started = await start(t, open)
    const { store } = started
    await putAll(store, app, { one: ['v1'], two: ['v2'] })
    const refused = { restored: false, why: 'unknown' }
    t.match(await store.history.restore(app, v1, digest('two'), alice), refused)
    t.match(await store.history.restore(other, v1, digest('one'), alice), refused)
    await store.tags.delete(app, v1)
    await collectAll(started)
    const gone = await store.history.restore(app, v1, digest('one'), alice)
    t.strictSame(gone, { restored: false, why: 'collected' })
    const [move] = await store.history.moves({ repository: app, tag: v1, limit: 1 })
    t.equal(move?.restorable, false)
  })

  t.test('moves are forgotten when they hold nothing any more, the oldest first', async (t) => {
    const { store, clock } = await start(t, open)
    await putAll(store, app, { one: ['v1'] })
    clock.now += 1000
    await putAll(store, app, { two: ['v1'] })
    t.equal(await store.history.forget(clock.now, 10), 0, 'they can be undone')
    clock.now += keepMs
    t.equal(await store.history.forget(clock.now - 10_000 - keepMs, 10), 0, 'too young')
    t.equal(await store.history.forget(clock.now, 10), 1)
    clock.now += 1
    t.equal(await store.history.forget(clock.now, 10), 1)
  })

  t.test('a deletion is forgotten when nothing of it is left', async (t) => {
    const started = await start(t, open)
    const { store, clock } = started
    await putAll(store, app, { one: ['v1'] })
    await store.manifests.delete(app, digest('one'))
    const [move] = await store.history.moves({ repository: app, limit: 1 })
    const id = move?.deletion ?? 0
    await collectAll(started)
    await store.history.forget(clock.now - keepMs * 2, 10)
    t.ok(await store.deletions.find(id), 'too young')
    clock.now += keepMs
    await store.history.forget(clock.now, 10)
    t.equal(await store.deletions.find(id), undefined)
    t.strictSame(await store.integrity.inspect(), [])
  })
}
