import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { app, digest, manifest, push, required } from './fixtures.ts'
import { openSqliteSubject, temporaryFile } from './sqlite-subject.ts'

async function openWithQuota(t: Test) {
  const file = temporaryFile(t)
  const clock = { now: 1_700_000_000_000 }
  const times = { now: () => clock.now, graceMs: 1, keepMs: 0 }
  const { store } = await openSqliteSubject(t, { ...times, file })
  const rule = { name: 'team', repositories: ['team/*'], bytes: 1000 }
  await store.policies.put('quota', [rule], 0, { client: 'test' })
  const change = (sql: string) => {
    const db = new Database(file)
    db.exec(sql)
    db.close()
    store.renew()
  }
  const put = async (text: string, required_ = true) => {
    const blobs = required(`layer of ${text}`).map((each) => ({ ...each, required: required_ }))
    return store.manifests.put(app, manifest(text, { blobs }), [])
  }
  const known = async () => (await store.policies.quotas(app))[0]?.used
  const measured = async () => (await store.policies.measure('team'))?.used
  return { store, clock, change, put, known, measured }
}

/** The bytes of a manifest `one` and of its layer. */
const oneImage = 'one'.length + 'layer of one'.length

t.test('what is marked as deleted does not count, and counts again when it is back', async (t) => {
  const { store, change, put, known, measured } = await openWithQuota(t)
  await push(store, app, 'layer of one')
  await put('one')
  t.equal(await known(), oneImage)
  change('UPDATE manifests SET deleted_at = 1')
  t.equal(await known(), oneImage, 'too much until it is measured')
  t.equal(await measured(), 0)
  t.equal(await store.policies.holds('team', digest('layer of one')), false)
  change('UPDATE manifests SET deleted_at = NULL')
  t.equal(await known(), undefined, 'never too little')
  t.equal(await measured(), oneImage)
})

t.test('a layer that comes after its manifest is found within an hour', async (t) => {
  const { store, clock, put, measured } = await openWithQuota(t)
  await put('one', false)
  t.equal(await measured(), 'one'.length)
  await push(store, app, 'layer of one')
  t.equal(await measured(), 'one'.length)
  clock.now += 3_600_000
  t.equal(await measured(), oneImage)
})
