import Database from 'better-sqlite3'
import t from 'tap'
import { stretch } from '../../../storage/metadata/sqlite/listing/slice.ts'
import { openSqlite } from '../../../storage/metadata/sqlite/open.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import { seedListing } from '../../helpers/seed-listing.ts'
import { app, digest, manifest, push, required, tag } from './fixtures.ts'
import { temporaryFile } from './sqlite-subject.ts'

const now = () => 1_700_000_000_000
const newest = { descending: true, limit: 10 } as const

function open(t: Parameters<typeof temporaryFile>[0], file: string): MetadataStore {
  const store = openSqlite({ file, now })
  t.teardown(() => store.close())
  return store
}

t.test('a deleted manifest is in no list and counts nowhere', async (t) => {
  const file = temporaryFile(t)
  const store = open(t, file)
  await push(store, app, 'layer')
  const blobs = required('layer')
  await store.manifests.put(app, manifest('kept', { blobs }), [])
  await store.manifests.put(app, manifest('gone', { blobs }), [tag('v1')])
  const children = required('kept', 'gone')
  await store.manifests.put(app, manifest('index', { children }), [])
  await store.manifests.put(app, manifest('oldIndex', { children }), [])
  await store.manifests.put(app, manifest('sig', { subject: digest('kept') }), [])
  const db = new Database(file)
  const remove = db.prepare<[number, string]>(`UPDATE manifests SET deleted_at = ?
    WHERE id = (SELECT manifest_id FROM manifest_bodies WHERE body = CAST(? AS BLOB))`)
  for (const text of ['gone', 'oldIndex', 'sig']) remove.run(now(), text)
  db.close()

  const left = await store.listing.manifests(app, newest)
  const rows = new Map(left?.items.map((row) => [row.digest, row]))
  t.strictSame(new Set(rows.keys()), new Set([digest('kept'), digest('index')]))
  t.strictSame(rows.get(digest('kept'))?.indexes, [digest('index')])
  const byName = { by: 'name', descending: false, limit: 10 } as const
  t.strictSame(await store.listing.tags(app, byName), { items: [] })
  const all = [digest('kept'), digest('gone'), digest('index')]
  const sizes = await store.listing.pullSizes(app, all)
  t.strictSame(sizes.get(digest('index')), 'index'.length + 'kept'.length + 'layer'.length)
  t.notOk(sizes.has(digest('gone')))
  t.notOk((await store.listing.bodies(app, all, 100)).has(digest('gone')))
  const companions = await store.listing.companions(app, all)
  t.strictSame(companions.get(digest('kept'))?.referrers, {})
  t.notOk(companions.has(digest('gone')))
  t.match(await store.listing.repository(app), { manifestCount: 2 })
  t.match(await store.listing.layer(digest('layer')), { manifests: 1 })
  const users = await store.listing.layerUsers(digest('layer'), { limit: 10 })
  t.strictSame(
    users.items.map((user) => user.digest),
    [digest('kept')],
  )
})

t.test(
  'a page with a filter ends after a stretch of the list, and says where to go on',
  async (t) => {
    const file = temporaryFile(t)
    await openSqlite({ file, now }).close()
    const count = 15_000
    seedListing(file, count)
    const store = open(t, file)
    // All without a tag, in indexes of four, come first.
    const untagged = count / 5
    const page = { tagged: false, descending: true, limit: 100 } as const
    const first = await store.listing.manifests(app, page)
    t.strictSame(first?.items, [])
    const next = first?.next
    t.ok(next)
    const second = await store.listing.manifests(app, { ...page, after: next })
    t.equal(second?.items.length, 100)
    t.equal(second?.items[0]?.createdAt, untagged * 1000)
    t.ok(stretch.manifests < count - untagged, 'or the first page would have come that far')
  },
)
