import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Digest } from '../../../../src/oci/digest.ts'
import { createIntegrity } from '../../../../src/services/integrity/create.ts'
import type { Tally } from '../../../../src/services/integrity/round.ts'
import { createFilesystem } from '../../../../storage/blobs/filesystem/create.ts'
import { openSqlite } from '../../../../storage/metadata/sqlite/open.ts'
import type { BlobRecord } from '../../../../storage/metadata/store.ts'
import { app, begin } from '../../../contract/metadata/fixtures.ts'
import { noise } from '../../../helpers/bytes.ts'
import { damages, flipBit, objectOf } from '../../../helpers/damage.ts'
import { storeBlob } from '../../../helpers/stores.ts'

const MiB = 1024 * 1024

/** Stores with `count` blobs of `size` bytes, and a check over them. */
async function setUp(t: Test, count: number, options: { size?: number; rate?: number } = {}) {
  const root = t.testdir()
  const stores = await createFilesystem({ root })
  const metadata = openSqlite({ file: join(root, 'metadata.db') })
  t.teardown(() => metadata.close())
  const blobs: BlobRecord[] = []
  for (let seed = 0; seed < count; seed++) {
    const { key, size } = await storeBlob(stores, noise(options.size ?? 1000, seed))
    const [algorithm, , name = ''] = key.split('/')
    const digest = `${algorithm}:${name.split('-')[0]}` as Digest
    const blob = { digest, key, size }
    await metadata.blobs.commit(await begin(metadata, app), blob)
    blobs.push(blob)
  }
  const rounds: Tally[] = []
  const failures: unknown[] = []
  const open = (scrubInterval: number) =>
    createIntegrity({
      metadata,
      blobStore: stores.blobs,
      verifyAfter: 0,
      scrubInterval,
      scrubRate: options.rate ?? 1000 * MiB,
      onEvent: () => {},
      onRound: (tally) => rounds.push(tally),
      onFailure: (error) => failures.push(error),
    })
  const run = async (interval: number, milliseconds: number) => {
    await open(interval).scrub.run(AbortSignal.timeout(milliseconds))
    t.same(failures, [])
  }
  /** Runs once, until something is true; ten seconds at most. */
  const runUntil = async (interval: number, isDone: () => Promise<boolean>) => {
    const stop = new AbortController()
    const running = open(interval).scrub.run(stop.signal)
    for (let n = 0; n < 200 && !(await isDone()); n++) await sleep(50)
    stop.abort()
    await running
    t.same(failures, [])
  }
  return { root, metadata, blobs, rounds, run, runUntil }
}

const day = 86_400_000

t.test('a round looks at every blob and finds each damage', async (t) => {
  const { root, metadata, blobs, rounds, runUntil } = await setUp(t, 130)
  const kinds = Object.keys(damages)
  for (const [n, kind] of kinds.entries()) {
    damages[kind]?.(objectOf(root, (blobs[n] as BlobRecord).digest))
  }
  await runUntil(day, async () => rounds.length > 0)
  t.match(rounds, [{ blobs: 130, damaged: 3 }])
  const found = await metadata.integrity.damagedBlobs(undefined, 10)
  const expected = kinds.map((kind, n) => [(blobs[n] as BlobRecord).digest, kind])
  t.same(
    new Set(found.map(({ digest, damage }) => `${digest} ${damage}`)),
    new Set(expected.map((pair) => pair.join(' '))),
  )
})

t.test('the next round waits for its time, across restarts', async (t) => {
  const { rounds, run } = await setUp(t, 3)
  await run(day, 200)
  await run(day, 200)
  t.equal(rounds.length, 1)
  await run(1, 200)
  t.equal(rounds.length, 2)
  await run(0, 200)
  t.equal(rounds.length, 2, 'and with 0 none comes')
})

t.test('a round that is stopped goes on where it was', async (t) => {
  const { metadata, rounds, run } = await setUp(t, 8, { size: MiB, rate: 8 * MiB })
  await run(day, 450)
  const position = await metadata.integrity.scrubPosition()
  t.ok(position?.after, 'it has come somewhere')
  t.equal(position?.finishedAt, undefined)
  await run(day, 1500)
  t.equal(rounds.length, 1)
  t.ok((rounds[0]?.blobs ?? 8) < 8, `the second run had ${rounds[0]?.blobs} blobs left`)
})

t.test('it reads no faster than it may', async (t) => {
  const { rounds, run } = await setUp(t, 8, { size: MiB, rate: 4 * MiB })
  await run(day, 1000)
  t.equal(rounds.length, 0, '8 MiB are not through after a second at 4 MiB a second')
})

t.test('a marked blob that is sound by now is let back in', async (t) => {
  const { metadata, blobs, run } = await setUp(t, 2)
  const [blob] = blobs as [BlobRecord]
  await metadata.integrity.markBlob(blob.digest, blob.key, 'unreadable')
  t.equal(await metadata.blobs.find(app, blob.digest), undefined)
  await run(0, 200)
  t.match(await metadata.blobs.find(app, blob.digest), blob)
})

t.test('a marked blob whose object is still there and spoiled is put aside', async (t) => {
  const { root, metadata, blobs, run } = await setUp(t, 1)
  const [blob] = blobs as [BlobRecord]
  flipBit(objectOf(root, blob.digest), 5)
  await metadata.integrity.markBlob(blob.digest, blob.key, 'unreadable')
  await run(0, 200)
  t.match(await metadata.integrity.damagedBlobs(undefined, 2), [{ damage: 'wrong content' }])
  t.throws(() => objectOf(root, blob.digest), /0 objects/)
})

t.test('what was put aside keeps its mark, and is not told of again', async (t) => {
  const { root, metadata, blobs, rounds, run } = await setUp(t, 1)
  const [blob] = blobs as [BlobRecord]
  flipBit(objectOf(root, blob.digest), 5)
  await run(day, 200)
  await run(1, 200)
  t.match(await metadata.integrity.damagedBlobs(undefined, 2), [{ damage: 'wrong content' }])
  t.same(
    rounds.slice(0, 2).map(({ damaged }) => damaged),
    [1, 0],
  )
})

t.test('however many are marked, all that are sound come back', async (t) => {
  const { metadata, blobs, runUntil } = await setUp(t, 230)
  for (const [n, { digest, key }] of blobs.entries()) {
    await metadata.integrity.markBlob(digest, key, n % 2 === 0 ? 'unreadable' : 'missing')
  }
  const damaged = () => metadata.integrity.damagedBlobs(undefined, 1000)
  await runUntil(0, async () => (await damaged()).length === 0)
  t.same(await damaged(), [])
})
