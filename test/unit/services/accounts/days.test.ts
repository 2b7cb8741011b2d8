import t, { type Test } from 'tap'
import { createAccounts } from '../../../../src/services/accounts/create.ts'
import { createStorageDays } from '../../../../src/services/accounts/days.ts'
import { namedFiles } from '../../../../src/services/accounts/reconcile.ts'
import type { BlobStore, StorageKey, UploadStore } from '../../../../storage/blobs/store.ts'
import { openSqlite } from '../../../../storage/metadata/sqlite/open.ts'
import { app, manifest, push, required, tag } from '../../../contract/metadata/fixtures.ts'
import { temporaryFile } from '../../../contract/metadata/sqlite-subject.ts'

const dayMs = 86_400_000

/** Metadata of its own, and a disk with these objects, each of one byte, and no upload. */
function start(test: Test, objects: readonly string[] = []) {
  const clock = { now: Date.parse('2026-03-01T12:00:00Z') }
  const now = () => clock.now
  const metadata = openSqlite({ file: temporaryFile(test), now })
  test.teardown(() => metadata.close())
  const blobStore: Pick<BlobStore, 'list' | 'stat'> = {
    async *list() {
      yield* objects as readonly StorageKey[]
    },
    stat: async () => 1,
  }
  const uploadStore: Pick<UploadStore, 'list' | 'originOf' | 'stat'> = {
    async *list() {},
    originOf: () => undefined,
    stat: async () => undefined,
  }
  const accounts = createAccounts({ metadata, blobStore, uploadStore, historyKeep: dayMs, now })
  return { metadata, accounts, clock, days: createStorageDays({ metadata, accounts, now }) }
}

t.test('each day is recorded once, soon after it began', async (t) => {
  const { metadata, clock, days, accounts } = start(t)
  const first = await days.round()
  t.ok(first.recorded)
  t.equal(first.nextIn, dayMs / 2)
  clock.now += 1000
  t.strictSame(await days.round(), { recorded: undefined, nextIn: dayMs / 2 - 1000 })
  await push(metadata, app, '12345')
  await metadata.manifests.put(app, manifest('m', { blobs: required('12345') }), [
    tag('1'),
    tag('2'),
  ])
  clock.now = Date.parse('2026-03-02T00:00:00Z')
  const second = await days.round()
  t.match(second, { recorded: { live: 5, disk: 0, difference: -5 }, nextIn: dayMs })

  const { days: dates, ...columns } = await accounts.series('2026-03-01', '2026-03-31')
  t.strictSame(dates, ['2026-03-01', '2026-03-02'])
  t.match(columns, {
    tags: [0, 2],
    manifests: [0, 1],
    blobs: [0, 1],
    logical: [0, 12],
    live: [0, 5],
  })
  for (const [name, values] of Object.entries(columns)) t.equal(values.length, 2, name)
  t.match((await accounts.summary()).last, { day: '2026-03-02', at: clock.now, logical: 12 })
})

t.test('what is given up is not recorded', async (t) => {
  const { metadata, days } = start(t, ['one'])
  const reason = new Error('enough')
  await t.rejects(days.round(AbortSignal.abort(reason)), reason)
  t.equal(await metadata.accounts.newestDay(), undefined)
})

t.test('of many unknown files the first are named', async (t) => {
  const { accounts } = start(
    t,
    Array.from({ length: 1200 }, (_, n) => `object ${n}`),
  )
  const { disk, difference, unknown } = await accounts.reconcile()
  t.match({ disk, difference }, { disk: 1200, difference: 1200 })
  t.equal(unknown.length, namedFiles)
  t.strictSame(unknown.at(-1), { what: 'object', name: `object ${namedFiles - 1}`, size: 1 })
})
