import t from 'tap'
import { type CollectorDeps, createCollector } from '../../../../src/services/garbage/collector.ts'
import type { GcPolicy, GcRun, GcStep } from '../../../../storage/metadata/garbage/store.ts'

type Garbage = CollectorDeps['metadata']['garbage']

const none: GcStep = { looked: 0, manifests: 0, blobs: 0, bytes: 0 }
const some: GcStep = { looked: 1, manifests: 0, blobs: 1, bytes: 10 }

function runOf(id: number, cause: GcRun['cause']): GcRun {
  return { id, cause, startedAt: 0, manifests: 0, blobs: 0, bytes: 0, objects: 0 }
}

/** A collector over tables that do as they are told and keep what was asked of them. */
function create(garbage: Partial<Garbage> = {}, policy: GcPolicy = { untagged: false }) {
  const ended: { readonly id: number; readonly objects: number; readonly error?: string }[] = []
  const policies: GcPolicy[] = []
  const lost: number[] = []
  let count = 0
  const table: Partial<Garbage> = {
    async begin(cause) {
      count += 1
      return runOf(count, cause)
    },
    async end(id, objects, error) {
      ended.push({ id, objects, ...(error === undefined ? {} : { error }) })
      return { ...runOf(id, 'request'), objects }
    },
    async collectManifests(_run, wanted) {
      policies.push(wanted)
      return none
    },
    collectBlobs: async () => none,
    async preview(wanted) {
      policies.push(wanted)
      return { manifests: 0, blobs: 0, bytes: 0, items: [] }
    },
    queueUntagged: async () => ({ found: 0 }),
    audit: async () => ({ found: 0 }),
    forget: async () => 0,
    ...garbage,
  }
  const collector = createCollector({
    metadata: {
      garbage: table as Garbage,
      uploads: { startedBefore: async () => [] } as unknown as CollectorDeps['metadata']['uploads'],
      history: { forget: async () => 0 } as unknown as CollectorDeps['metadata']['history'],
    },
    uploadStore: { stat: async () => undefined },
    emptyTrash: async () => 3,
    policy,
    keepRuns: 1000,
    keepMoves: 1000,
    onLost: (blobs) => lost.push(blobs),
    now: () => 0,
  })
  return { collector, ended, policies, lost }
}

/** Gives these steps one after the other, then nothing more. */
function stepsOf(steps: readonly GcStep[]): () => Promise<GcStep> {
  const left = [...steps]
  return async () => left.shift() ?? none
}

t.test('a run goes on as long as there is something to look at', async (t) => {
  const looked: number[] = []
  const next = stepsOf([some, { ...some, looked: 100 }, some])
  const { collector, ended } = create({
    async collectBlobs() {
      const step = await next()
      looked.push(step.looked)
      return step
    },
  })
  await collector.run('request')
  t.same(looked, [1, 100, 1, 0])
  t.same(ended, [{ id: 1, objects: 3 }])
})

t.test('what fails is written down and told, and the next run is another one', async (t) => {
  const failing = [new Error('the disk is full')]
  const { collector, ended } = create({
    async collectBlobs() {
      const error = failing.shift()
      if (error) throw error
      return none
    },
  })
  await t.rejects(collector.run('schedule'), { message: 'the disk is full' })
  t.same(ended, [{ id: 1, objects: 0, error: 'the disk is full' }])
  await collector.run('schedule')
  t.same(ended[1], { id: 2, objects: 3 })
})

t.test('a stop ends it before the next step, and says so', async (t) => {
  let steps = 0
  const created = create({
    async collectBlobs() {
      steps += 1
      if (steps === 2) created.collector.stop()
      return some
    },
  })
  const refusal = { code: 'UNAVAILABLE', status: 503, message: /stopping; try again/ }
  await t.rejects(created.collector.run('request'), refusal)
  t.equal(steps, 2)
  t.match(created.ended, [{ objects: 0, error: /the registry is stopping/ }])
  await t.rejects(created.collector.run('request'), refusal, 'none begins any more')
  t.equal(steps, 2)
})

t.test('images without a tag go if that is configured or asked for', async (t) => {
  const cases = [
    [false, undefined, false],
    [false, false, false],
    [false, true, true],
    [true, undefined, true],
    [true, false, true],
  ] as const
  for (const [configured, asked, untagged] of cases) {
    const { collector, policies } = create({}, { untagged: configured })
    await collector.run('request', { untagged: asked })
    await collector.preview({ untagged: asked })
    t.same(policies, [{ untagged }, { untagged }], `${configured} ${asked}`)
  }
})

t.test('who waits for the same run gets what any of them asks for', async (t) => {
  const { collector, policies } = create()
  const runs = await Promise.all([
    collector.run('schedule'),
    collector.run('request', { untagged: true }),
    collector.run('command'),
  ])
  t.equal(new Set(runs.map(({ id }) => id)).size, 1)
  t.same(policies, [{ untagged: true }])
  await collector.run('schedule')
  t.same(policies[1], { untagged: false }, 'and nobody later')
})

t.test('what the audit finds is told, and it goes on where it stood', async (t) => {
  const pages = [{ found: 0, next: 2000 }, { found: 2 }, { found: 0, next: 2000 }]
  const asked: number[] = []
  const { collector, lost } = create({
    async audit(after) {
      asked.push(after)
      return pages.shift() ?? { found: 0 }
    },
  })
  for (let round = 0; round < 3; round++) await collector.run('schedule')
  t.same(asked, [0, 2000, 0])
  t.same(lost, [2])
})
