import t from 'tap'
import type { RepositoryName } from '../../../src/oci/name.ts'
import { createSnapshots } from '../../../src/services/snapshots.ts'
import type { Snapshot } from '../../../storage/snapshots/store.ts'

const hour = 3_600_000
const start = 1_700_000_000_000

/** A registry with a clock to move and snapshots in memory, taken at `times`. */
function world(options: { times?: readonly number[]; keep?: number; empty?: boolean } = {}) {
  const { times = [], keep = 3, empty = false } = options
  const clock = { now: start }
  const held: Snapshot[] = times.map((takenAt) => ({ file: `${takenAt}`, takenAt }))
  const listed = { names: empty ? [] : ['team/app' as RepositoryName] }
  const failure: { error?: Error } = {}
  const snapshots = createSnapshots({
    metadata: {
      repositories: {
        list: async () => listed.names,
        search: async () => ({ names: [], total: 0 }),
        exists: async () => false,
      },
    },
    snapshotStore: {
      list: async () => held.toSorted((a, b) => a.takenAt - b.takenAt),
      async take(takenAt, onProgress) {
        onProgress?.({ copied: 1, total: 2 })
        if (failure.error) throw failure.error
        const taken = { file: `${takenAt}`, takenAt }
        held.push(taken)
        return taken
      },
      async remove({ file }) {
        held.splice(
          held.findIndex((each) => each.file === file),
          1,
        )
      },
    },
    interval: 24 * hour,
    keep,
    now: () => clock.now,
  })
  const times_ = () => held.map(({ takenAt }) => takenAt).sort()
  return { snapshots, clock, listed, failure, held: times_ }
}

t.test('the first one is made at once, and not of a registry that holds nothing', async (t) => {
  const { snapshots, listed, held, clock } = world({ empty: true })
  t.same(await snapshots.round(), { taken: undefined, nextIn: 60_000 })
  listed.names = ['team/app' as RepositoryName]
  t.match(await snapshots.round(), { taken: { takenAt: start }, nextIn: 24 * hour })
  t.same(held(), [start])
  clock.now += hour
  t.same(await snapshots.round(), { taken: undefined, nextIn: 23 * hour })
})

t.test('age is that of the newest there is, whenever the registry was started', async (t) => {
  const { snapshots, held } = world({ times: [start - 30 * hour, start - 20 * hour] })
  t.same(await snapshots.round(), { taken: undefined, nextIn: 4 * hour })
  const late = world({ times: [start - 24 * hour] })
  t.ok((await late.snapshots.round()).taken)
  t.equal(held().length, 2)
})

t.test('the newest ones are kept', async (t) => {
  const times = [50, 40, 30].map((age) => start - age * hour)
  const { snapshots, held } = world({ times, keep: 2 })
  await snapshots.round()
  t.same(held(), [start - 30 * hour, start])
})

t.test('a clock that was wrong neither stops snapshots nor crowds out good ones', async (t) => {
  const future = start + 1000 * hour
  const { snapshots, held, clock } = world({ times: [start - 25 * hour, future], keep: 2 })
  t.ok((await snapshots.round()).taken)
  t.same(held(), [start - 25 * hour, start])
  clock.now += hour
  t.notOk((await snapshots.round()).taken, 'nor makes them come one upon the other')
})

t.test('a failure takes nothing away and is tried again', async (t) => {
  const times = [50, 40, 30].map((age) => start - age * hour)
  const { snapshots, held, failure } = world({ times, keep: 1 })
  failure.error = new Error('the disk is full')
  await t.rejects(snapshots.round(), failure.error)
  t.same(held(), times)
  delete failure.error
  t.ok((await snapshots.round()).taken)
  t.same(held(), [start])
})

t.test('a signal gives one up', async (t) => {
  const { snapshots, held } = world()
  const reason = new Error('stopping')
  await t.rejects(snapshots.round(AbortSignal.abort(reason)), reason)
  t.same(held(), [])
})
