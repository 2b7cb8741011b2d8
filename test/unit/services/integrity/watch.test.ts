import t from 'tap'
import { watch } from '../../../../src/services/integrity/watch.ts'

/** Three chunks, and whether the source was closed. */
function source(failAt = Number.POSITIVE_INFINITY) {
  const state = { closed: 0 }
  let count = 0
  const bytes = {
    [Symbol.asyncIterator]: () => ({
      async next() {
        if (count === failAt) throw new Error('the disk failed')
        count++
        return count > 3
          ? { done: true as const, value: undefined }
          : { done: false as const, value: Buffer.from([count]) }
      },
      async return() {
        state.closed++
        return { done: true as const, value: undefined }
      },
    }),
  }
  return { bytes, state }
}

async function collect(bytes: AsyncIterable<Buffer>): Promise<number[]> {
  const seen: number[] = []
  for await (const chunk of bytes) seen.push(...chunk)
  return seen
}

const noErrors = (error: unknown) => {
  throw error
}

t.test('bytes pass chunk by chunk, seen first', async (t) => {
  const seen: number[] = []
  const onChunk = (chunk: Buffer) => seen.push(...chunk)
  const { bytes } = source()
  t.same(await collect(watch(bytes, { onChunk, onError: noErrors })), [1, 2, 3])
  t.same(seen, [1, 2, 3])
})

t.test('what a watcher throws, the reader gets instead of the chunk', async (t) => {
  const errors: unknown[] = []
  const refuse = () => {
    throw new Error('refused')
  }
  for (const watcher of [{ onChunk: refuse }, { onEnd: refuse }]) {
    const { bytes, state } = source()
    const watched = watch(bytes, { ...watcher, onError: (error) => errors.push(error) })
    await t.rejects(collect(watched), /refused/)
    t.equal(state.closed, 1)
  }
  t.equal(errors.length, 2)
})

t.test('an error of the source is told once and passed on', async (t) => {
  const errors: unknown[] = []
  const { bytes } = source(2)
  await t.rejects(collect(watch(bytes, { onError: (error) => errors.push(error) })), /disk failed/)
  t.match(errors, [{ message: 'the disk failed' }])
})

t.test('leaving early closes the source, also before the first chunk', async (t) => {
  for (const calls of [0, 1]) {
    const { bytes, state } = source()
    const chunks = watch(bytes, { onError: noErrors })[Symbol.asyncIterator]()
    for (let n = 0; n < calls; n++) await chunks.next()
    await chunks.return?.()
    t.equal(state.closed, 1, `after ${calls} calls`)
  }
})
