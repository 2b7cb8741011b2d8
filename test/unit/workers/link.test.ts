import { deserialize, serialize } from 'node:v8'
import t from 'tap'
import { OciError } from '../../../src/oci/errors.ts'
import { diskFailureOf } from '../../../src/services/disk-failure.ts'
import { Interruption } from '../../../src/services/interruption.ts'
import { createLink, type Link } from '../../../src/workers/link.ts'

interface Here {
  add(a: number, b: number): number
  echo(value: unknown): unknown
  fail(error: Error): Promise<void>
  note(text: string): void
}

/** Two ends whose messages are cloned as between processes, and arrive in order, later. */
function join(t: { readonly onFailure?: (error: unknown) => void } = {}) {
  const notes: string[] = []
  const thrown: { error?: Error } = {}
  let open = true
  let posts = 0
  const post = (to: () => Link<Here>) => (messages: readonly object[]) => {
    posts += 1
    if (open) setImmediate(() => to().receive(deserialize(serialize(messages))))
  }
  const here: Here = {
    add: (a, b) => a + b,
    echo: (value) => value,
    fail: async () => {
      throw thrown.error
    },
    note: (text) => {
      if (text === '') throw new Error('nothing to note')
      notes.push(text)
    },
  }
  const onFailure = t.onFailure ?? (() => {})
  const left: Link<Here> = createLink<Here, Here>(
    post(() => right),
    () => here,
    onFailure,
  )
  const right: Link<Here> = createLink<Here, Here>(
    post(() => left),
    () => here,
    onFailure,
  )
  const close = () => {
    open = false
    left.close()
  }
  return { left, notes, thrown, close, posts: () => posts }
}

t.test('calls are answered, each with its own result', async (t) => {
  const { left } = join()
  t.same(await Promise.all([left.call('add', 1, 2), left.call('add', 3, 4)]), [3, 7])
  const values = [undefined, null, Buffer.from('bytes'), new Map([[1, new Set(['a'])]]), 2n ** 70n]
  for (const value of values) t.strictSame(await left.call('echo', value), value)
  t.ok(Buffer.isBuffer(await left.call('echo', Buffer.from('bytes'))))
})

t.test('what is asked in one turn goes together, and so do the answers', async (t) => {
  const { left, posts } = join()
  await Promise.all(Array.from({ length: 20 }, (_, n) => left.call('add', n, n)))
  t.equal(posts(), 2)
})

t.test('what is told is done in order', async (t) => {
  const failures: unknown[] = []
  const { left, notes } = join({ onFailure: (error) => void failures.push(error) })
  for (const text of ['a', 'b', '', 'c']) left.tell('note', text)
  await left.call('add', 0, 0)
  t.same(notes, ['a', 'b', 'c'])
  t.match(failures, [{ message: 'nothing to note' }])
})

t.test('errors keep what they are judged by', async (t) => {
  const { left, thrown } = join()
  const rejection = (error: Error): Promise<unknown> => {
    thrown.error = error
    return left.call('fail', error).then(
      () => undefined,
      (reason: unknown) => reason,
    )
  }
  const full = Object.assign(new Error('no space', { cause: new Error('why') }), { code: 'ENOSPC' })
  const fullAgain = await rejection(full)
  t.match(fullAgain, {
    message: 'no space',
    code: 'ENOSPC',
    stack: full.stack,
    cause: { message: 'why' },
  })
  t.equal(diskFailureOf(fullAgain), 'full')
  const quota = Object.assign(new Error('quota'), { code: 'UNKNOWN', errno: -122 })
  t.equal(diskFailureOf(await rejection(quota)), 'quota')

  const refusal = new OciError('MANIFEST_BLOB_UNKNOWN', {
    message: 'push that first',
    details: [{ digest: 'a' }, { digest: 'b' }],
    status: 409,
    headers: { allow: 'GET' },
  })
  const refusedAgain = await rejection(refusal)
  t.ok(refusedAgain instanceof OciError && !(refusedAgain instanceof Interruption))
  const { code, status, message, entries, headers } = refusal
  t.match(refusedAgain, { code, status, message, entries, headers })
  t.ok((await rejection(new Interruption('SIZE_INVALID'))) instanceof Interruption)
})

t.test('when the other side is gone, what waits rejects and nothing more is sent', async (t) => {
  const { left, notes, close } = join()
  const waiting = left.call('add', 1, 1)
  close()
  await t.rejects(waiting, /has ended/)
  await t.rejects(left.call('add', 1, 1), /has ended/)
  left.tell('note', 'late')
  t.same(notes, [])
})
