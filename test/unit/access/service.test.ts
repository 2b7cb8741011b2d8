import t from 'tap'
import type { AccessBook } from '../../../src/access/book.ts'
import { anonymous } from '../../../src/access/identity.ts'
import { createAccess, createOpenAccess } from '../../../src/services/access/create.ts'
import { account, book, closed, grant, signedIn } from './book.ts'

const alice = account(1, 'alice')

/** A book that a test changes; `reads` are let go one by one where they are `held`. */
function createShelf() {
  const shelf = {
    book: book([alice], []),
    held: false,
    failing: false,
    waiting: [] as (() => void)[],
    reads: 0,
    change(next: AccessBook) {
      shelf.book = { ...next, version: shelf.book.version + 1 }
    },
  }
  const access = {
    async version() {
      if (shelf.failing) throw new Error('the disk fails')
      return shelf.book.version
    },
    async book() {
      shelf.reads += 1
      const now = shelf.book
      if (shelf.failing) throw new Error('the disk fails')
      if (shelf.held) await new Promise<void>((resolve) => shelf.waiting.push(resolve))
      return now
    },
  }
  return { shelf, access: createAccess({ metadata: { access }, ...closed }) }
}

const mayPush = async (access: ReturnType<typeof createAccess>) =>
  (await access.rights()).decide(signedIn(alice), 'push', 'team/app').allowed

t.test('a change holds for the next request, and the book is read once for each', async (t) => {
  const { shelf, access } = createShelf()
  t.equal(await mayPush(access), false)
  t.equal(await mayPush(access), false)
  t.equal(shelf.reads, 1)
  shelf.change(book([alice], [grant('alice', 'team/**', 'push')]))
  t.equal(await mayPush(access), true)
  shelf.change(book([alice], []))
  t.equal(await mayPush(access), false)
  t.equal(shelf.reads, 3)
})

t.test('who asks while the book is read shares that', async (t) => {
  const { shelf, access } = createShelf()
  shelf.held = true
  const asking = Promise.all([mayPush(access), mayPush(access), mayPush(access)])
  await new Promise(setImmediate)
  shelf.held = false
  for (const go of shelf.waiting.splice(0)) go()
  t.strictSame(await asking, [false, false, false])
  t.equal(shelf.reads, 1)
})

t.test('who asks after a change is not told what was read before it', async (t) => {
  const { shelf, access } = createShelf()
  shelf.held = true
  const before = mayPush(access)
  await new Promise(setImmediate)
  shelf.change(book([alice], [grant('alice', 'team/**', 'push')]))
  const after = [mayPush(access), mayPush(access)]
  await new Promise(setImmediate)
  shelf.held = false
  for (const go of shelf.waiting.splice(0)) go()
  t.equal(await before, false)
  t.strictSame(await Promise.all(after), [true, true])
  t.equal(shelf.reads, 2)
})

t.test('while the store fails nobody is told any rights', async (t) => {
  const { shelf, access } = createShelf()
  t.equal(await mayPush(access), false)
  shelf.failing = true
  await t.rejects(access.rights(), /the disk fails/)
  shelf.change(book([alice], [grant('alice', 'team/**', 'push')]))
  await t.rejects(access.rights(), /the disk fails/)
  shelf.failing = false
  t.equal(await mayPush(access), true, 'and they are read again when it works')
})

t.test(
  'a book that can not be read fails all who wait for it, and is read again after',
  async (t) => {
    let fails = true
    const metadata = {
      access: {
        version: async () => 1,
        book: async () => {
          if (fails) throw new Error('damaged')
          return book([alice], [])
        },
      },
    }
    const access = createAccess({ metadata, ...closed })
    const outcomes = await Promise.allSettled([access.rights(), access.rights()])
    t.strictSame(
      outcomes.map(({ status }) => status),
      ['rejected', 'rejected'],
    )
    fails = false
    t.equal(await mayPush(access), false)
  },
)

t.test('without sign-in all is allowed', async (t) => {
  const rights = await createOpenAccess().rights()
  t.equal(rights.decide(anonymous, 'push', 'a').allowed, true)
})
