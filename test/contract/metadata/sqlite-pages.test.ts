import t from 'tap'
import { openSqlite } from '../../../storage/metadata/sqlite/open.ts'
import { seedLists } from '../../helpers/seed-lists.ts'
import { name } from './fixtures.ts'
import { temporaryFile } from './sqlite-subject.ts'
import { seen, walkAccounts } from './visible.ts'

const count = 100_000
const limit = 100
const boundMs = 10

const file = temporaryFile(t)
await openSqlite({ file }).close()

seedLists(file, count)
const store = openSqlite({ file })
t.teardown(() => store.close())

async function median(page: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 21; round++) {
    const begun = performance.now()
    await page()
    times.push(performance.now() - begun)
  }
  return times.sort((a, b) => a - b)[10] as number
}

const after = (prefix: string, i: number) => `${prefix}${String(i).padStart(6, '0')}`
const texts = (prefix: string, from: number) =>
  Array.from({ length: limit }, (_, i) => after(prefix, from + i))

const pages = {
  'the catalog': {
    page: () => store.repositories.list({ after: after('team/app-', 49_999), limit }),
    expected: texts('team/app-', 50_000),
  },
  'the tags of one repository': {
    page: () => store.tags.list(name('team/app-000000'), { after: after('v', 49_999), limit }),
    expected: texts('v', 50_000),
  },
}

for (const [title, { page, expected }] of Object.entries(pages)) {
  t.test(`a page in the middle of ${title} takes less than ${boundMs} ms`, async (t) => {
    t.strictSame(await page(), expected)
    const time = await median(page)
    t.comment(`median ${time.toFixed(3)} ms`)
    t.ok(time < boundMs, `median ${time.toFixed(3)} ms`)
  })
}

t.test('a search through all of them is exact', async (t) => {
  const page = () => store.repositories.search('09999', { limit: 5 })
  t.strictSame(await page(), {
    names: ['team/app-009999', ...[0, 1, 2, 3].map((i) => `team/app-09999${i}`)],
    total: 11,
  })
  t.comment(`median ${(await median(page)).toFixed(3)} ms`)
})

const three = seen('team/app-000000', 'team/app-05000*', 'team/app-099999', 'other/**')
const visibleNames = [
  'team/app-000000',
  ...Array.from({ length: 10 }, (_, i) => `team/app-05000${i}`),
  'team/app-099999',
]
/** More than are read and put in order for one page. */
const many = seen('team/app-*00*', 'team/app-*5')
const byTags = { sort: 'tags', descending: true, limit } as const

const visiblePages = {
  'the catalog': async () => store.repositories.list({ limit, visible: three }),
  'a search': async () => (await store.repositories.search('app', { limit, visible: three })).names,
  'the accounts': async () => {
    const { items } = await store.accounts.visibleRepositories({
      sort: 'name',
      descending: false,
      limit,
      visible: three,
    })
    return items.map((each) => each.name)
  },
}

for (const [title, page] of Object.entries(visiblePages)) {
  t.test(`a few that are visible among all are found in ${title} within 15 ms`, async (t) => {
    t.strictSame(await page(), visibleNames)
    const time = await median(page)
    t.comment(`median ${time.toFixed(3)} ms`)
    t.ok(time < 15, `median ${time.toFixed(3)} ms`)
  })
}

t.test('a page of accounts looks at a stretch where many could be visible', async (t) => {
  const page = () => store.accounts.visibleRepositories({ ...byTags, visible: seen('team/*-00*') })
  const { items, next } = await page()
  t.strictSame(
    items.map((each) => each.name),
    ['team/app-000000'],
    'it has the most tags; the others are far off',
  )
  t.type(next?.name, 'string', 'it goes on')
  const time = await median(page)
  t.comment(`median ${time.toFixed(3)} ms`)
  t.ok(time < 50, `median ${time.toFixed(3)} ms`)
})

t.test(
  'pages of accounts tell all that are visible, each once, where those are many',
  async (t) => {
    const found = await walkAccounts(store, { ...byTags, visible: many })
    const all = await store.repositories.list({ limit: count, visible: many })
    t.ok(all.length > 10_000)
    t.strictSame(found.map((each) => each.name).sort(), all)
  },
)
