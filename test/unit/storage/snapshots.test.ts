import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createSnapshotDirectory } from '../../../storage/snapshots/directory.ts'
import { snapshotName, timeOfSnapshot } from '../../../storage/snapshots/names.ts'

const time = Date.UTC(2026, 6, 31, 12, 0, 0, 7)

const metadata = {
  snapshot: async (file: string) => writeFileSync(file, 'a copy'),
}

t.test('a snapshot is named by its time in UTC', async (t) => {
  t.equal(snapshotName(time), 'metadata-20260731T120000.007Z.db')
  t.equal(timeOfSnapshot(snapshotName(time)), time)
  for (const name of [
    'metadata.db',
    'metadata-20260731T120000.007Z.db.incomplete',
    'metadata-20261331T120000.007Z.db',
    'x-metadata-20260731T120000.007Z.db',
  ]) {
    t.equal(timeOfSnapshot(name), undefined, name)
  }
})

t.test('snapshots are listed oldest first, whatever else lies there', async (t) => {
  const directory = join(t.testdir(), 'snapshots')
  const store = createSnapshotDirectory({ directory, metadata })
  t.same(await store.list(), [], 'no directory is no snapshot')
  await store.take(time + 1)
  await store.take(time)
  writeFileSync(join(directory, 'notes'), '')
  t.same(
    (await store.list()).map(({ takenAt }) => takenAt),
    [time, time + 1],
  )
  const [first] = await store.list()
  if (first) await store.remove(first)
  if (first) await t.resolves(store.remove(first), 'removing again is no error')
  t.same(readdirSync(directory).sort(), [snapshotName(time + 1), 'notes'])
})

t.test('one that fails is not there, and what killed runs left goes', async (t) => {
  const directory = join(t.testdir(), 'snapshots')
  mkdirSync(directory)
  const draft = `${snapshotName(time)}.incomplete`
  for (const name of [draft, `${draft}-journal`]) writeFileSync(join(directory, name), 'half')
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })
  const failing = createSnapshotDirectory({
    directory,
    metadata: {
      async snapshot(file) {
        t.notOk(existsSync(join(directory, draft)), 'before the room is needed')
        t.not(file, join(directory, snapshotName(time + 5)), 'not under its name yet')
        throw full
      },
    },
  })
  await t.rejects(failing.take(time + 5), full)
  t.same(readdirSync(directory), [])
})
