import t from 'tap'
import { createDrop } from '../../../../src/services/retention/drop.ts'
import { digest, manifest, name, putAll, tag } from '../../../contract/metadata/fixtures.ts'
import { day, openStage, rule, tagsOf } from './stage.ts'

t.test('a run drops what the rules say, and says how much', async (t) => {
  const { store, retention, pushDaily, putRules } = await openStage(t)
  await pushDaily('team/app', 'a', 'b', 'c', 'd')
  await pushDaily('team/other', 'a')
  await pushDaily('elsewhere', 'a', 'b', 'c')
  await putRules([rule('two', { repositories: ['team/*'], keep: { last: 2 } })])
  t.match(await retention.run(), {
    repositories: 2,
    tags: 5,
    droppedTags: 2,
    droppedManifests: 0,
    failed: 0,
  })
  t.strictSame(await tagsOf(store, 'team/app'), ['c', 'd'])
  t.strictSame(await tagsOf(store, 'team/other'), ['a'])
  t.strictSame(await tagsOf(store, 'elsewhere'), ['a', 'b', 'c'])
  t.match(await retention.run(), { repositories: 2, tags: 3, droppedTags: 0 }, 'nothing is left')
})

t.test('without rules nothing is looked at', async (t) => {
  const { retention, pushDaily } = await openStage(t)
  await pushDaily('team/app', 'a')
  t.match(await retention.run(), { repositories: 0, tags: 0, droppedTags: 0 })
})

t.test('an image stays as long as one of its tags does', async (t) => {
  const { store, clock, retention, putRules } = await openStage(t)
  const app = name('app')
  await putAll(store, app, { image: ['a', 'b'] })
  clock.now += day
  await putAll(store, app, { image: ['c', 'd'] })
  await putRules([rule('two', { keep: { last: 2 } })])
  t.match(await retention.run(), { droppedTags: 2, droppedManifests: 0 })
  t.strictSame(await tagsOf(store, 'app'), ['c', 'd'])
  t.ok(await store.manifests.head(app, { digest: digest('image') }))
})

t.test('tags that may not be deleted stay', async (t) => {
  const { store, retention, pushDaily, putRules, protect } = await openStage(t)
  await pushDaily('app', 'v1', 'a', 'b')
  const pinned = { name: 'pinned', repositories: ['**'], tags: ['v*'] }
  await protect([{ ...pinned, overwrite: true, delete: false }])
  await putRules([rule('one', { keep: { last: 1 } })])
  t.match(await retention.run(), { droppedTags: 1 })
  t.strictSame(await tagsOf(store, 'app'), ['b', 'v1'])
})

t.test('manifests go when they have had no tag for long enough', async (t) => {
  const { store, clock, retention, putRules } = await openStage(t)
  const app = name('app')
  await putAll(store, app, { tagged: ['v1'], untagged: [], left: ['gone'] })
  clock.now += 20 * day
  await store.tags.delete(app, tag('gone'))
  await putRules([rule('untagged', { dropUntaggedAfter: 14 * day })])
  t.match(await retention.run(), { tags: 1, droppedTags: 0, droppedManifests: 1 })
  const isThere = async (text: string) =>
    (await store.manifests.head(app, { digest: digest(text) })) !== undefined
  t.strictSame(
    await Promise.all(['tagged', 'untagged', 'left'].map(isThere)),
    [true, false, true],
    'the time begins when the last tag goes',
  )
  clock.now += 15 * day
  t.match(await retention.run(), { droppedManifests: 1 })
  t.equal(await isThere('left'), false)
})

t.test('a tag that moves while the run is under way stays', async (t) => {
  const stage = await openStage(t)
  const { store, pushDaily, putRules } = stage
  await pushDaily('app', 'a', 'b', 'c')
  await putRules([rule('one', { keep: { last: 1 } })])
  const app = name('app')
  const drop = createDrop(store)
  const late = await openStage(t, {
    metadata: store,
    drop: {
      ...drop,
      async tags(repository, tags, actor) {
        t.strictSame(actor, { client: 'retention' })
        await store.manifests.put(app, manifest('pushed meanwhile'), [tag('a')])
        return drop.tags(repository, tags, actor)
      },
    },
  })
  t.match(await late.retention.run(), { droppedTags: 1 })
  t.strictSame(await tagsOf(store, 'app'), ['a', 'c'])
})

t.test('a manifest that gets a tag while the run is under way stays', async (t) => {
  const { store, clock, putRules } = await openStage(t)
  const app = name('app')
  await putAll(store, app, { one: [], two: [] })
  clock.now += day
  await putRules([rule('untagged', { dropUntaggedAfter: 1 })])
  const drop = createDrop(store)
  const late = await openStage(t, {
    metadata: store,
    now: () => clock.now,
    drop: {
      ...drop,
      async manifests(...args) {
        await putAll(store, app, { one: ['v1'] })
        return drop.manifests(...args)
      },
    },
  })
  t.match(await late.retention.run(), { droppedManifests: 1 })
  t.ok(await store.manifests.head(app, { tag: tag('v1') }))
})

t.test('what fails in one repository does not hold up the others', async (t) => {
  const stage = await openStage(t)
  const { store, pushDaily, putRules } = stage
  for (const repository of ['a', 'b', 'c']) await pushDaily(repository, 'v1', 'v2')
  await putRules([rule('one', { keep: { last: 1 } })])
  const drop = createDrop(store)
  const failing = await openStage(t, {
    metadata: store,
    drop: {
      ...drop,
      tags: async (repository, ...rest) => {
        if (repository === 'b') throw new Error('the disk is full')
        return drop.tags(repository, ...rest)
      },
    },
  })
  t.match(await failing.retention.run(), { repositories: 3, droppedTags: 2, failed: 1 })
  t.strictSame(failing.failures, ['b: Error: the disk is full'])
  t.strictSame(await tagsOf(store, 'c'), ['v2'])
})

t.test('runs at the same time are one, and a signal ends it', async (t) => {
  const { retention, pushDaily, putRules } = await openStage(t)
  await pushDaily('a', 'v1', 'v2')
  await putRules([rule('one', { keep: { last: 1 } })])
  const stopped = AbortSignal.abort()
  t.match(await retention.run(stopped), { repositories: 0, droppedTags: 0 })
  const [first, second] = await Promise.all([retention.run(), retention.run()])
  t.equal(first, second)
  t.match(first, { droppedTags: 1 })
})
