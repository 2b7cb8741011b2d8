import t from 'tap'
import { digestOf } from '../../../../src/oci/digest.ts'
import { ociImage, ociIndex } from '../../../../src/oci/media-types.ts'
import { parseRepositoryName } from '../../../../src/oci/name.ts'
import { parseTag } from '../../../../src/oci/reference.ts'
import { createPulls } from '../../../../src/services/pulls/create.ts'
import type { PullBatch } from '../../../../storage/metadata/pulls/store.ts'

const app = parseRepositoryName('team/app')
const v1 = parseTag('v1')
const day = 86_400_000
const midnight = 19_675 * day
const client = '10.0.0.1 docker/27'

function record(text: string, mediaType = ociImage) {
  return { digest: digestOf(Buffer.from(text)), mediaType, size: text.length }
}

const image = record('image')
const index = record('index', ociIndex)

interface StartOptions {
  readonly enabled?: boolean
  /** Which calls of `record` fail, from 1. */
  readonly failing?: readonly number[]
}

function start({ enabled = true, failing = [] }: StartOptions = {}) {
  const recorded: PullBatch[] = []
  const clock = { now: midnight + 5 }
  let calls = 0
  const store = {
    async record(batch: PullBatch) {
      calls += 1
      if (failing.includes(calls)) throw new Error('the disk is full')
      recorded.push(batch)
    },
    indexesOf: async () => new Set<never>(),
  }
  const pulls = createPulls({
    metadata: { pulls: store },
    enabled,
    onFailure: (error) => t.fail(String(error)),
    now: () => clock.now,
  })
  return { pulls, recorded, clock, calls: () => calls }
}

/** How many pulls of all manifests were recorded, and how many entries. */
function totalOf(recorded: readonly PullBatch[]) {
  const manifests = recorded.flatMap((batch) => batch.manifests)
  return {
    pulls: manifests.reduce((sum, { pulls }) => sum + pulls, 0),
    entries: manifests.length,
  }
}

t.test('pulls add up until they are written, and nothing is written twice', async (t) => {
  const { pulls, recorded, clock, calls } = start()
  await pulls.flush()
  t.equal(calls(), 0, 'nothing to write')
  pulls.pulled(client, app, { tag: v1 }, image)
  clock.now += 10
  pulls.pulled(client, app, { tag: v1 }, image)
  pulls.pulled(client, app, { digest: image.digest }, image)
  await pulls.flush()
  const lastPulledAt = midnight + 15
  t.same(recorded, [
    {
      tags: [{ repository: app, tag: v1, pulls: 2, lastPulledAt }],
      manifests: [{ repository: app, digest: image.digest, pulls: 3, lastPulledAt }],
      days: [{ repository: app, day: midnight, pulls: 3, lastPulledAt }],
    },
  ])
  await pulls.flush()
  t.equal(calls(), 1)
})

t.test('a pull through an index is one of the tag and one of the repository', async (t) => {
  const { pulls, recorded } = start()
  pulls.resolved(client, app, v1, index)
  pulls.pulled(client, app, { digest: index.digest }, index)
  pulls.pulled(client, app, { digest: image.digest }, image)
  await pulls.finish()
  t.same(
    recorded.map(({ tags, manifests, days }) => [
      tags.map(({ tag, pulls }) => [tag, pulls]),
      manifests.map(({ digest, pulls }) => [digest, pulls]),
      days.map(({ pulls }) => pulls),
    ]),
    [
      [
        [[v1, 1]],
        [
          [index.digest, 1],
          [image.digest, 1],
        ],
        [1],
      ],
    ],
  )
})

t.test('a day ends at midnight in UTC', async (t) => {
  const { pulls, recorded, clock } = start()
  for (const at of [midnight - 1, midnight, midnight + day - 1, midnight + day]) {
    clock.now = at
    pulls.pulled(client, app, { tag: v1 }, image)
  }
  await pulls.flush()
  t.same(
    recorded[0]?.days.map((row) => [(row.day - midnight) / day, row.pulls]),
    [
      [-1, 1],
      [0, 2],
      [1, 1],
    ],
  )
})

t.test('many are written in parts of at most 250 entries', async (t) => {
  const { pulls, recorded } = start()
  for (let n = 0; n < 600; n++) {
    const found = record(`image ${n}`)
    pulls.pulled(client, app, { digest: found.digest }, found)
  }
  await pulls.flush()
  const sizes = recorded.map(
    ({ tags, manifests, days }) => tags.length + manifests.length + days.length,
  )
  t.same(sizes, [250, 250, 101])
  t.same(totalOf(recorded), { pulls: 600, entries: 600 })
})

t.test('what could not be written is written the next time, with what came since', async (t) => {
  const { pulls, recorded, clock } = start({ failing: [2] })
  const found = Array.from({ length: 600 }, (_, n) => record(`image ${n}`))
  const pullAll = () => {
    for (const each of found) pulls.pulled(client, app, { digest: each.digest }, each)
  }
  pullAll()
  await t.rejects(pulls.flush(), /the disk is full/)
  t.same(totalOf(recorded), { pulls: 250, entries: 250 })
  clock.now += 1000
  pullAll()
  await pulls.flush()
  t.same(totalOf(recorded), { pulls: 1200, entries: 850 })
  const kept = recorded.flatMap((batch) => batch.manifests).filter(({ pulls }) => pulls === 2)
  t.equal(kept.length, 350, 'those that were kept')
  t.ok(kept.every(({ lastPulledAt }) => lastPulledAt === clock.now))
})

t.test('flushes come one after the other', async (t) => {
  const { pulls, recorded } = start({ failing: [1] })
  pulls.pulled(client, app, { tag: v1 }, image)
  const [first, second] = await Promise.allSettled([pulls.flush(), pulls.flush()])
  t.equal(first?.status, 'rejected')
  t.equal(second?.status, 'fulfilled')
  t.same(totalOf(recorded), { pulls: 1, entries: 1 })
})

t.test('switched off nothing is counted', async (t) => {
  const { pulls, calls } = start({ enabled: false })
  pulls.resolved(client, app, v1, image)
  pulls.pulled(client, app, { tag: v1 }, image)
  await pulls.finish()
  t.equal(calls(), 0)
})
