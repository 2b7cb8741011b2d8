import t from 'tap'
import type { Tag } from '../../../../src/oci/reference.ts'
import type { PreviewItem, PreviewQuery } from '../../../../src/services/retention/preview.ts'
import { digest, name, putAll, tag } from '../../../contract/metadata/fixtures.ts'
import { day, openStage, rule, tagsOf } from './stage.ts'

type Stage = Awaited<ReturnType<typeof openStage>>

/** All pages; each but the last is full. */
async function readAll({ retention }: Stage, query: Omit<PreviewQuery, 'after'>) {
  const items: PreviewItem[] = []
  let after: PreviewQuery['after']
  do {
    const page = await retention.preview({ ...query, after })
    items.push(...page.items)
    after = page.next
    if (after && page.items.length !== query.limit) throw new Error('a page is not full')
  } while (after)
  return items
}

const short = (item: PreviewItem) =>
  `${item.repository} ${item.tag ?? item.digest.slice(0, 10)} ${item.keep ? '+' : '-'} ${item.rule ?? ''}`

t.test('a preview names the rule for each tag, and writes nothing', async (t) => {
  const stage = await openStage(t)
  const { store, retention, pushDaily, putRules, clock } = stage
  await pushDaily('app', 'a', 'b')
  await putRules([rule('one', { keep: { last: 1 } })])
  const query = { repository: name('app'), limit: 10 }
  const page = await retention.preview(query)
  t.strictSame(page, {
    items: [
      {
        repository: name('app'),
        tag: 'a',
        digest: digest('app:a'),
        pushedAt: clock.now - day,
        pulledAt: undefined,
        keep: false,
        rule: 'one',
        why: 'nothing keeps it',
      },
      {
        repository: name('app'),
        tag: 'b',
        digest: digest('app:b'),
        pushedAt: clock.now,
        pulledAt: undefined,
        keep: true,
        rule: 'one',
        why: 'it was pushed last',
      },
    ],
    next: undefined,
  })
  t.strictSame(await tagsOf(store, 'app'), ['a', 'b'])
})

t.test('pages of any size give the same list, of one repository and of all', async (t) => {
  const stage = await openStage(t)
  const { store, pushDaily, putRules, clock } = stage
  for (const repository of ['team/a', 'team/b', 'x', 'team/c']) {
    await pushDaily(repository, 'v1', 'v2', 'v3')
    await putAll(store, name(repository), { [`${repository} 1`]: [], [`${repository} 2`]: [] })
  }
  clock.now += day
  await putRules([
    rule('one', { repositories: ['team/*'], keep: { last: 1 } }),
    rule('untagged', { repositories: ['team/a', 'team/c'], dropUntaggedAfter: 1 }),
  ])
  const whole = (await readAll(stage, { limit: 1000 })).map(short)
  t.equal(whole.length, 9 + 4, 'a repository that no rule is about is left out')
  t.equal(whole.filter((line) => line.includes('- untagged')).length, 4)
  for (const limit of [1, 2, 3, 5]) {
    t.strictSame((await readAll(stage, { limit })).map(short), whole, `pages of ${limit}`)
  }
  const dropped = (await readAll(stage, { limit: 2, droppedOnly: true })).map(short)
  t.strictSame(
    dropped,
    whole.filter((line) => line.includes(' - ')),
  )
  const one = (await readAll(stage, { limit: 2, repository: name('team/b') })).map(short)
  t.strictSame(one, ['team/b v1 - one', 'team/b v2 - one', 'team/b v3 + one'])
  t.strictSame((await readAll(stage, { limit: 9, repository: name('x') })).map(short), [
    'x v1 + ',
    'x v2 + ',
    'x v3 + ',
  ])
})

t.test('rules can be tried before they are put', async (t) => {
  const stage = await openStage(t)
  await stage.pushDaily('app', 'a', 'b')
  await stage.putRules([rule('all', { keep: { last: 9 } })])
  const rules = [rule('age', { dropOlderThan: day / 2 })]
  const tried = await readAll(stage, { limit: 10, rules })
  t.strictSame(tried.map(short), ['app a - age', 'app b + age'])
  t.strictSame((await readAll(stage, { limit: 10 })).map(short), ['app a + all', 'app b + all'])
})

t.test('a first page shows what is there now', async (t) => {
  const stage = await openStage(t)
  await stage.pushDaily('app', 'a')
  await stage.putRules([rule('one', { keep: { last: 1 } })])
  t.equal((await readAll(stage, { limit: 10 })).length, 1)
  await stage.pushDaily('app', 'b')
  t.strictSame((await readAll(stage, { limit: 10 })).map(short), ['app a - one', 'app b + one'])
})

t.test('known pulls keep tags', async (t) => {
  const pulled = new Map<Tag, number>()
  const stage = await openStage(t, {
    pulls: { since: async () => 0, lastOf: async () => pulled },
  })
  await stage.pushDaily('app', 'a', 'b')
  stage.clock.now += 50 * day
  pulled.set(tag('a'), stage.clock.now - day)
  await stage.putRules([rule('used', { keep: { pulledWithin: 7 * day } })])
  const items = await readAll(stage, { limit: 10 })
  t.strictSame(items.map(short), ['app a + used', 'app b - used'])
  t.match(items[0]?.why, 'it was pulled within 7d')
})

t.test('a repository of many tags is read in pages', async (t) => {
  const stage = await openStage(t)
  const tags = Array.from({ length: 2500 }, (_, n) => `t${String(n).padStart(4, '0')}`)
  await putAll(stage.store, name('big'), { image: tags })
  await stage.putRules([rule('first', { keep: { last: 1 } })])
  const items = await readAll(stage, { limit: 200, droppedOnly: true })
  t.strictSame(
    items.map(({ tag }) => tag),
    tags.slice(1),
  )
})
