import type { Test } from 'tap'
import type {
  RepositoryAccount,
  RepositorySort,
  StorageDay,
  TagName,
} from '../../../storage/metadata/accounts/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import { app, digest, key, manifest, name, other, push, putAll, required, tag } from './fixtures.ts'
import { type OpenSubject, type Started, start } from './subject.ts'

const day: StorageDay = {
  day: '2026-01-31',
  at: 1,
  repositories: 2,
  tags: 3,
  manifests: 4,
  blobs: 5,
  manifestBytes: 6,
  logical: 7,
  live: 3_000_000_000_000,
  undo: 9,
  waiting: 10,
  trash: 11,
  uploads: 12,
  absent: 13,
  disk: 14,
}

/** An image of blobs named by their texts, each of them as long as its text, under one tag. */
async function putImage(
  { store }: Pick<Started, 'store'>,
  repository: typeof app,
  text: string,
  blobs: readonly string[],
  tags: readonly string[] = [text],
): Promise<void> {
  await push(store, repository, ...blobs)
  const image = manifest(text, { blobs: required(...blobs) })
  await store.manifests.put(repository, image, tags.map(tag))
}

async function allPages(
  store: MetadataStore,
  sort: RepositorySort,
  descending: boolean,
): Promise<readonly string[]> {
  const names: string[] = []
  for (let after: RepositoryAccount | undefined; ; ) {
    const values = { name: 0, size: after?.stored, unique: after?.unique, tags: after?.tags }
    const times = { pushedAt: after?.pushedAt, pulledAt: after?.pulledAt }
    const value = { ...values, ...times }[sort] ?? 0
    const cursor = after ? { after: { value, name: after.name } } : {}
    const page = await store.accounts.repositories({ sort, descending, ...cursor, limit: 2 })
    names.push(...page.map((each) => each.name))
    after = page.at(-1)
    if (page.length < 2) return names
  }
}

/** Four repositories that no two orders list alike; the last two are equal but in name and time. */
async function fillFour(started: Started): Promise<void> {
  const { store, clock } = started
  await push(store, name('empty'), 'never used')
  await putImage(started, name('z'), 'small', ['s'], ['1', '2', '3'])
  clock.now += 1000
  await putImage(started, name('m'), 'shared one', ['x'.repeat(500), 's'], ['1', '2'])
  clock.now += 1000
  await putImage(started, name('b'), 'same', ['x'.repeat(500)], ['1'])
  clock.now += 1000
  await putImage(started, name('a'), 'same', ['x'.repeat(500)], ['1'])
}

const orders: Readonly<Record<RepositorySort, readonly string[]>> = {
  name: ['a', 'b', 'm', 'z'],
  size: ['z', 'a', 'b', 'm'],
  unique: ['a', 'b', 'z', 'm'],
  tags: ['a', 'b', 'm', 'z'],
  pushedAt: ['z', 'm', 'b', 'a'],
  pulledAt: ['a', 'b', 'm', 'z'],
}

function listCases(t: Test, open: OpenSubject): void {
  for (const [sort, order] of Object.entries(orders)) {
    t.test(`repositories are listed by ${sort}, in pages, both ways`, async (t) => {
      const started = await start(t, open)
      await fillFour(started)
      const { store } = started
      t.strictSame(await allPages(store, sort as RepositorySort, false), order)
      t.strictSame(await allPages(store, sort as RepositorySort, true), order.toReversed())
    })
  }

  t.test('a term chooses repositories, in every order', async (t) => {
    const { store } = await start(t, open)
    for (const each of ['team/web', 'team/api', 'web']) await putAll(store, name(each), { m: [] })
    for (const sort of ['name', 'size'] as const) {
      const query = { sort, descending: true, term: 'web', limit: 9 }
      const found = await store.accounts.repositories(query)
      t.strictSame(
        found.map((each) => each.name),
        ['web', 'team/web'],
      )
    }
  })

  t.test('a repository that lost its last manifest is not listed, until one comes', async (t) => {
    const { store, clock } = await start(t, open)
    const listed = () => store.accounts.repositories({ sort: 'size', descending: false, limit: 9 })
    await push(store, app, 'layer')
    t.equal(await store.accounts.repository(app), undefined)
    await putAll(store, app, { m: ['v1'] })
    t.equal((await listed()).length, 1)
    await store.manifests.delete(app, digest('m'))
    t.strictSame(await listed(), [])
    const zeros = { tags: 0, manifests: 0, manifestBytes: 0, stored: 0, unique: 0 }
    t.match(await store.accounts.repository(app), { ...zeros, pushedAt: clock.now })
    await putAll(store, app, { n: [] })
    t.equal((await listed()).length, 1)
  })

  t.test('layers are listed by size, the largest first, in pages', async (t) => {
    const started = await start(t, open)
    const { store } = started
    await putImage(started, app, 'one', ['1', '333', '55555'])
    await putImage(started, app, 'two', ['333'])
    await putImage(started, other, 'two', ['333'])
    await push(store, app, 'a large one that no manifest holds')
    const first = await store.accounts.layers({ limit: 2 })
    t.strictSame(first, [
      { digest: digest('55555'), size: 5, repositories: 1 },
      { digest: digest('333'), size: 3, repositories: 2 },
    ])
    const rest = await store.accounts.layers({
      after: { digest: digest('333'), size: 3 },
      limit: 2,
    })
    t.strictSame(rest, [{ digest: digest('1'), size: 1, repositories: 1 }])
  })
}

function sumCases(t: Test, open: OpenSubject): void {
  t.test('a blob is unique while one repository holds it', async (t) => {
    const started = await start(t, open)
    const { store } = started
    const sizes = async (repository: typeof app) => {
      const { stored, unique } = (await store.accounts.repository(repository)) as RepositoryAccount
      return { stored, unique }
    }
    await putImage(started, app, 'm', ['12345'])
    t.strictSame(await sizes(app), { stored: 6, unique: 6 })
    await putImage(started, other, 'm', ['12345'])
    t.strictSame(await sizes(app), { stored: 6, unique: 1 })
    t.strictSame(await sizes(other), { stored: 6, unique: 1 })
    await store.manifests.delete(app, digest('m'))
    t.strictSame(await sizes(app), { stored: 0, unique: 0 })
    t.strictSame(await sizes(other), { stored: 6, unique: 6 })
  })

  t.test('a namespace and the registry hold a shared blob once', async (t) => {
    const started = await start(t, open)
    const { store } = started
    await putImage(started, name('team/app'), 'a', ['12345', 'base--base'])
    await putImage(started, name('team/app/deep'), 'b', ['12345'])
    await putImage(started, name('team'), 'c', ['base--base'])
    await putImage(started, name('teams/x'), 'dd', ['base--base'])
    const counts = { repositories: 2, tags: 2, manifests: 2, blobs: 2, manifestBytes: 2 }
    t.strictSame(await store.accounts.namespace('team'), { ...counts, stored: 17, unique: 7 })
    t.match(await store.accounts.namespace('team/app'), { repositories: 1, stored: 6, unique: 1 })
    t.match(await store.accounts.namespace('nobody'), { repositories: 0, stored: 0, unique: 0 })
    const all = { repositories: 4, tags: 4, manifests: 4, blobs: 2, manifestBytes: 5, stored: 20 }
    t.strictSame(await store.accounts.registry(), all)
  })

  t.test('a tag has what its manifest holds, through children and referrers', async (t) => {
    const started = await start(t, open)
    const { store } = started
    await putImage(started, app, 'child', ['12345'], [])
    await putImage(started, app, 'elsewhere', ['12345'], ['old'])
    const index = manifest('index', { children: required('child') })
    await store.manifests.put(app, index, [tag('v1'), tag('v2')])
    await push(store, app, 'signed')
    const signature = manifest('sig', { subject: digest('child'), blobs: required('signed') })
    await store.manifests.put(app, signature, [])
    const held = { digest: digest('index'), stored: 24, unique: 19 }
    t.same(await store.accounts.tags(app, ['v1', 'v2', 'no', 'v1'].map(tag)), [
      { tag: 'v1', ...held },
      { tag: 'v2', ...held },
    ])
    t.strictSame(await store.accounts.tags(name('nobody'), [tag('v1')]), [])
    t.strictSame(await store.accounts.logical({}, 9), { tags: 3, bytes: 24 + 24 + 14 })
  })

  t.test('logical bytes come in pages, of all, of a repository or of a namespace', async (t) => {
    const started = await start(t, open)
    const { store } = started
    for (const each of ['team/a', 'team/b', 'x']) {
      await putImage(started, name(each), 'm', ['12345'], ['1', '2', '3'])
    }
    let next: TagName | undefined
    const pages: number[] = []
    do {
      const page = await store.accounts.logical({}, 2, next)
      pages.push(page.tags)
      t.equal(page.bytes, page.tags * 6)
      next = page.next
    } while (next)
    t.strictSame(pages, [2, 2, 2, 2, 1])
    t.strictSame(await store.accounts.logical({ repository: name('x') }, 9), { tags: 3, bytes: 18 })
    t.strictSame(await store.accounts.logical({ prefix: 'team' }, 9), { tags: 6, bytes: 36 })
    const after = { repository: name('team/b'), tag: tag('2') }
    t.strictSame(await store.accounts.logical({ prefix: 'team' }, 9, after), { tags: 1, bytes: 6 })
  })
}

function marginalCases(t: Test, open: OpenSubject): void {
  const nothing = { manifests: 0, manifestBytes: 0, blobs: 0, blobBytes: 0 }
  const inApp = (...tags: readonly string[]) =>
    tags.map((each) => ({ repository: app, tag: tag(each) }))

  t.test('nothing comes back while another tag points there', async (t) => {
    const started = await start(t, open)
    const { store } = started
    await putImage(started, app, 'm', ['12345', 'base'], ['v1', 'latest'])
    await putImage(started, other, 'n', ['base'], ['v1'])
    t.strictSame(await store.accounts.marginal(inApp('v1')), nothing)
    const both = { manifests: 1, manifestBytes: 1, blobs: 1, blobBytes: 5 }
    t.strictSame(await store.accounts.marginal(inApp('v1', 'latest', 'unknown')), both)
    const all = [...inApp('v1', 'latest'), { repository: other, tag: tag('v1') }]
    const everything = { manifests: 2, manifestBytes: 2, blobs: 2, blobBytes: 9 }
    t.strictSame(await store.accounts.marginal(all), everything)
    t.strictSame(await store.accounts.marginal([]), nothing)
  })

  t.test('a child stays with another index, a referrer with its subject', async (t) => {
    const started = await start(t, open)
    const { store } = started
    await putImage(started, app, 'child', ['12345'], [])
    await putAll(store, app, { own: [] })
    const one = manifest('one', { children: required('child', 'own') })
    const two = manifest('two', { children: required('child') })
    await store.manifests.put(app, one, [tag('one')])
    await store.manifests.put(app, two, [tag('two')])
    await store.manifests.put(app, manifest('sig', { subject: digest('child') }), [])
    const alone = { manifests: 2, manifestBytes: 6, blobs: 0, blobBytes: 0 }
    t.strictSame(await store.accounts.marginal(inApp('one')), alone)
    const both = { manifests: 5, manifestBytes: 17, blobs: 1, blobBytes: 5 }
    t.strictSame(await store.accounts.marginal(inApp('one', 'two')), both)
  })

  t.test('manifests that hold each other in a circle go together', async (t) => {
    const { store } = await start(t, open)
    await putAll(store, app, { y: [] })
    await store.manifests.put(app, manifest('inner', { children: required('y') }), [])
    const round = manifest('round', { children: required('inner'), subject: digest('y') })
    await store.manifests.put(app, round, [tag('v1')])
    const going = { ...nothing, manifests: 3, manifestBytes: 11 }
    t.strictSame(await store.accounts.marginal(inApp('v1')), going)
  })
}

function apartCases(t: Test, open: OpenSubject): void {
  t.test('what an overwritten tag pointed at is held for undo, and then is not', async (t) => {
    const started = await start(t, open)
    const { store, clock } = started
    await putImage(started, app, 'old', ['12345', 'base'], ['v1'])
    clock.now += 1000
    await putImage(started, app, 'new', ['base'], ['v1'])
    const held = { undo: 5, history: 5, undoManifestBytes: 3, waiting: 0 }
    t.match(await store.accounts.apart(clock.now), held)
    const free = { undo: 0, history: 0, undoManifestBytes: 0, waiting: 0 }
    t.match(await store.accounts.apart(clock.now + 1), free)
  })

  t.test('blobs without a manifest wait, replaced objects are trash', async (t) => {
    const { store, clock } = await start(t, open)
    await push(store, app, 'waiting', 'waiting', 'later')
    await store.trash.add(key('of unknown size'))
    t.strictSame(await store.accounts.apart(clock.now), {
      undo: 0,
      history: 0,
      waiting: 12,
      trash: 7,
      trashUnknown: ['of unknown size'],
      undoManifestBytes: 0,
    })
  })

  t.test('a day is written over, and days are found by their range', async (t) => {
    const { store } = await start(t, open)
    const days = ['2026-01-30', '2026-01-31', '2026-02-01'].map((each) => ({ ...day, day: each }))
    t.equal(await store.accounts.newestDay(), undefined)
    for (const each of days.toReversed()) await store.accounts.recordDay({ ...each, at: 0 })
    for (const each of days) await store.accounts.recordDay(each)
    t.strictSame(await store.accounts.newestDay(), days.at(-1))
    t.strictSame(await store.accounts.days('2026-01-01', '2026-12-31', 9), days)
    t.strictSame(await store.accounts.days('2026-01-31', '2026-02-01', 1), [day])
    t.strictSame(await store.accounts.days('2026-02-02', '2026-12-31', 9), [])
  })

  t.test('sums that became wrong are found and corrected', async (t) => {
    const started = await start(t, open)
    const { store } = started
    await putImage(started, app, 'm', ['12345'])
    await putImage(started, other, 'n', ['12345'])
    t.strictSame(await store.accounts.recount(), [])
    t.strictSame(await store.accounts.correct(), [])
    await started.loseEdges(app, digest('m'))
    const wrong = [
      { repository: app, what: `manifests that hold ${digest('12345')}`, kept: 1, counted: 0 },
      { repository: app, what: 'stored bytes', kept: 6, counted: 1 },
      { repository: other, what: 'unique bytes', kept: 1, counted: 6 },
    ]
    t.strictSame(await store.accounts.recount(), wrong)
    t.strictSame(await store.accounts.correct(), wrong)
    t.strictSame(await store.accounts.recount(), [])
    t.match(await store.accounts.repository(app), { stored: 1, unique: 1 })
    t.match(await store.accounts.registry(), { stored: 7, blobs: 1 })
  })
}

export function accountCases(t: Test, open: OpenSubject): void {
  listCases(t, open)
  sumCases(t, open)
  marginalCases(t, open)
  apartCases(t, open)
}
