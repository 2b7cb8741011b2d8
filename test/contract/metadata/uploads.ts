import type { Test } from 'tap'
import { app, begin, newId, other } from './fixtures.ts'
import { type OpenSubject, start } from './subject.ts'

export function uploadCases(t: Test, open: OpenSubject): void {
  t.test('an upload is found as it was begun, with its time', async (t) => {
    const { store, clock } = await start(t, open)
    const id = newId()
    const upload = { id, repository: app, algorithm: 'sha512', client: '192.0.2.1' } as const
    const expected = { ...upload, startedAt: clock.now }
    t.strictSame(await store.uploads.create(upload), expected)
    clock.now += 5000
    t.strictSame(await store.uploads.find(app, id), expected)
    t.equal(await store.repositories.exists(app), false, 'beginning one makes no repository')
  })

  t.test('an upload keeps the account that began it', async (t) => {
    const { store, reopen } = await start(t, open)
    const upload = { id: newId(), repository: app, algorithm: 'sha256', owner: 'ann' } as const
    t.match(await store.uploads.create(upload), { owner: 'ann' })
    const nobodys = await begin(store, app)
    t.notOk('owner' in nobodys)
    const { uploads } = await reopen()
    t.equal((await uploads.find(app, upload.id))?.owner, 'ann')
    t.strictSame(await uploads.find(app, nobodys.id), nobodys)
  })

  t.test('the id alone opens nothing', async (t) => {
    const { store } = await start(t, open)
    const { id } = await begin(store, app)
    t.equal(await store.uploads.find(other, id), undefined)
    t.equal(await store.uploads.find(app, newId()), undefined)
  })

  t.test('an id is given once', async (t) => {
    const { store } = await start(t, open)
    const upload = await begin(store, app)
    await t.rejects(store.uploads.create({ id: upload.id, repository: other, algorithm: 'sha256' }))
    t.strictSame(await store.uploads.find(app, upload.id), upload)
  })

  t.test('removing tells whether there was anything to remove', async (t) => {
    const { store } = await start(t, open)
    const { id } = await begin(store, app)
    t.equal(await store.uploads.remove(id), true)
    t.equal(await store.uploads.remove(id), false)
    t.equal(await store.uploads.find(app, id), undefined)
  })

  t.test('uploads begun before a time come oldest first, at most as many as asked', async (t) => {
    const { store, clock } = await start(t, open)
    const begun = clock.now
    const uploads = []
    for (const minute of [3, 1, 2]) {
      clock.now = begun + minute * 60_000
      uploads.push(await begin(store, app))
    }
    const [third, first, second] = uploads
    t.strictSame(await store.uploads.startedBefore(begun + 240_000, 10), [first, second, third])
    t.strictSame(await store.uploads.startedBefore(begun + 240_000, 2), [first, second])
    t.strictSame(await store.uploads.startedBefore(begun + 120_000, 10), [first], 'before, not at')
    t.strictSame(await store.uploads.startedBefore(begun, 10), [])
  })

  t.test('known tells ids that have a row from those that have none', async (t) => {
    const { store } = await start(t, open)
    const one = await begin(store, app)
    const two = await begin(store, other)
    await begin(store, app)
    await store.uploads.remove(two.id)
    t.strictSame(await store.uploads.known([one.id, two.id, newId()]), new Set([one.id]))
    t.strictSame(await store.uploads.known([]), new Set())
  })
}
