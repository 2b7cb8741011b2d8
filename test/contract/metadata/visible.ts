import type { Test } from 'tap'
import { createBound } from '../../../src/access/bound.ts'
import type { Visibility } from '../../../src/access/rights.ts'
import type {
  RepositoryAccount,
  RepositoryQuery,
  RepositorySort,
} from '../../../storage/metadata/accounts/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import { digest, manifest, name, push, putAll, required, tag } from './fixtures.ts'
import { type OpenSubject, start } from './subject.ts'

/** What somebody sees who may pull from these patterns. */
export function seen(...patterns: readonly string[]): Visibility {
  return createBound(patterns.map((pattern) => ({ pattern, actions: ['pull'] }))).visible
}

const texts = ['a', 'a-b', 'a/b', 'a/b/c', 'a0', 'b/a', 'b/x', 'b/x-1', 'c', 'team/app', 'team/web']

const views: readonly Visibility[] = [
  seen('**'),
  seen(),
  seen('a'),
  seen('a/**'),
  seen('a/*', 'team/web', 'nothing/there'),
  seen('b/x*'),
  seen('*/x', '**/c'),
  seen('*'),
  seen('a*', 'a/**', 'a/b'),
  seen('zz/**'),
]

function expectedOf({ includes }: Visibility): readonly string[] {
  return texts.filter(includes)
}

async function fill(store: MetadataStore): Promise<void> {
  for (const [at, text] of texts.entries()) {
    const tags = Array.from({ length: at % 4 }, (_, n) => `v${n}`)
    await putAll(store, name(text), { [text]: tags })
  }
  await push(store, name('a/blobs-only'), 'layer')
}

const sorts: readonly RepositorySort[] = ['name', 'size', 'unique', 'tags', 'pushedAt', 'pulledAt']
const orders = sorts.flatMap((sort) => [[sort, false] as const, [sort, true] as const])

/** All of a list, page after page; none is longer than its limit. */
export async function walkAccounts(
  { accounts }: MetadataStore,
  query: RepositoryQuery & { readonly visible: Visibility },
): Promise<readonly RepositoryAccount[]> {
  const found: RepositoryAccount[] = []
  let { after } = query
  do {
    const page = await accounts.visibleRepositories({ ...query, ...(after ? { after } : {}) })
    if (page.items.length > query.limit) throw new Error(`a page has ${page.items.length} entries`)
    found.push(...page.items)
    after = page.next
  } while (after)
  return found
}

export function visibleCases(t: Test, open: OpenSubject): void {
  t.test('a page of visible repositories is as if there were no others', async (t) => {
    const { store } = await start(t, open)
    await fill(store)
    for (const [at, visible] of views.entries()) {
      const all = expectedOf(visible)
      t.strictSame(await store.repositories.list({ limit: 99, visible }), all, `view ${at}`)
      for (const after of ['', 'a', 'a/b', 'aa', 'team/app', '~', 'é']) {
        const rest = all.filter((each) => each > after).slice(0, 2)
        const page = { after, limit: 2, visible }
        t.strictSame(await store.repositories.list(page), rest, `view ${at} after ${after}`)
      }
      t.strictSame(await store.repositories.list({ limit: 0, visible }), [])
      t.strictSame(await store.repositories.list({ limit: -1, visible }), [])
    }
  })

  t.test('a search finds and counts what is visible alone', async (t) => {
    const { store } = await start(t, open)
    await fill(store)
    for (const [at, visible] of views.entries()) {
      for (const term of ['', 'a', 'b', '/x', '%']) {
        const found = expectedOf(visible).filter((each) => each.includes(term))
        const title = `view ${at}, "${term}"`
        const search = (page: object) =>
          store.repositories.search(term, { limit: 2, visible, ...page })
        t.strictSame(await search({}), { names: found.slice(0, 2), total: found.length }, title)
        const rest = found.filter((each) => each > 'a0').slice(0, 2)
        t.strictSame(await search({ after: 'a0' }), { names: rest, total: found.length }, title)
        t.strictSame(await search({ limit: 0 }), { names: [], total: found.length }, title)
      }
    }
  })

  t.test('accounts of visible repositories come in each order, page after page', async (t) => {
    const { store } = await start(t, open)
    await fill(store)
    for (const [sort, descending] of orders) {
      const all = await store.accounts.repositories({ sort, descending, limit: 99 })
      for (const [at, visible] of views.entries()) {
        const wanted = all.filter((each) => visible.includes(each.name))
        const found = await walkAccounts(store, { sort, descending, limit: 2, visible })
        t.strictSame(found, wanted, `view ${at} by ${descending ? '-' : ''}${sort}`)
      }
    }
    const query = { sort: 'name', descending: false, limit: 9, visible: seen('a/**') } as const
    const { items } = await store.accounts.visibleRepositories({ ...query, term: 'c' })
    t.strictSame(
      items.map((each) => each.name),
      ['a/b/c'],
      'only those that hold the term',
    )
    t.strictSame(await store.accounts.visibleRepositories({ ...query, limit: 0 }), { items: [] })
  })

  t.test('a holder of a blob is one that is visible', async (t) => {
    const { store } = await start(t, open)
    for (const text of ['a/x', 'b/x', 'c/x']) await push(store, name(text), 'layer')
    await push(store, name('d/x'), 'other')
    const { holder } = store.blobs
    t.equal(await holder(digest('layer'), seen('b/**')), 'b/x')
    t.match(await holder(digest('layer'), seen('**')), /^[abc]\/x$/)
    t.equal(await holder(digest('layer'), seen('d/**')), undefined)
    t.equal(await holder(digest('layer'), seen()), undefined)
    t.equal(await holder(digest('absent'), seen('**')), undefined)
    await store.blobs.unlink(name('b/x'), digest('layer'))
    t.equal(await holder(digest('layer'), seen('b/**')), undefined)
    t.equal(await holder(digest('layer'), seen('*/x', 'a*/x')), 'a/x')
    const audited = await store.integrity.blob(digest('layer'))
    if (audited) await store.integrity.markBlob(digest('layer'), audited.key, 'missing')
    t.equal(await holder(digest('layer'), seen('a/**')), undefined, 'a damaged one is not there')
  })

  t.test('a layer is told as far as its repositories are visible', async (t) => {
    const { store } = await start(t, open)
    for (const text of ['a/x', 'b/x', 'c/x']) {
      await push(store, name(text), 'layer')
      for (const image of ['one', 'two']) {
        const body = manifest(`${text} ${image}`, { blobs: required('layer') })
        await store.manifests.put(name(text), body, [tag(image)])
      }
    }
    await push(store, name('d/x'), 'layer')
    await store.manifests.delete(name('c/x'), digest('c/x two'))
    const { layer, layerUsers } = store.listing
    const counts = async (visible?: Visibility) => {
      const found = await layer(digest('layer'), visible)
      return found && [found.repositories, found.manifests]
    }
    t.strictSame(await counts(), [4, 5])
    t.strictSame(await counts(seen('**')), [4, 5])
    t.strictSame(await counts(seen('a/**')), [1, 2])
    t.strictSame(await counts(seen('a/**', 'c/*')), [2, 3])
    t.strictSame(await counts(seen('d/**')), [1, 0])
    t.strictSame(await counts(seen('e/**')), undefined)
    t.equal(await layer(digest('absent'), seen('**')), undefined)
    t.match(await layer(digest('layer'), seen('a/**')), { size: 5 })

    const users = (visible: Visibility, after = 0, limit = 2) =>
      layerUsers(digest('layer'), { visible, after, limit })
    const all = (await layerUsers(digest('layer'), { limit: 9 })).items
    const of = (text: string) => all.filter(({ repository }) => repository === text)
    t.strictSame(await users(seen('b/**')), { items: of('b/x') })
    t.strictSame(await users(seen('c/**')), { items: of('c/x') })
    t.strictSame(await users(seen('d/**', 'e')), { items: [] })
    const first = await users(seen('a/**', 'b/**'))
    t.strictSame(first.items, of('a/x'))
    t.strictSame(await users(seen('a/**', 'b/**'), first.next), { items: of('b/x') })
  })
}
