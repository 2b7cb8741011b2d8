import { open } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createReader } from '../../../storage/blobs/filesystem/reader.ts'
import { createSlabs, type Slabs, slabSize } from '../../../storage/blobs/filesystem/slabs.ts'
import { noise } from '../../helpers/bytes.ts'
import { MiB } from '../../helpers/sizes.ts'

t.test('a short read gets a buffer of its size', async (t) => {
  const slabs = createSlabs()
  for (const wanted of [1, 4096, slabSize - 1, slabSize]) {
    t.equal(slabs.take(wanted).length, wanted)
  }
  t.equal(slabs.take(5 * slabSize).length, slabSize)
})

t.test('a slab goes round', async (t) => {
  const slabs = createSlabs()
  const slab = slabs.take(slabSize)
  t.not(slabs.take(slabSize), slab)
  slabs.reuse(slab)
  t.equal(slabs.take(slabSize), slab)
})

t.test('a part of a slab comes back as the whole', async (t) => {
  const slabs = createSlabs()
  const part = slabs.take(slabSize / 2)
  slabs.reuse(part)
  const slab = slabs.take(slabSize)
  t.equal(slab.length, slabSize)
  t.equal(slab.buffer, part.buffer)
})

t.test(
  'a slab that comes back after it was forgotten is lent again, but to one reader',
  async (t) => {
    const slabs = createSlabs()
    const slab = slabs.take(slabSize)
    slabs.forget(slab)
    slabs.reuse(slab)
    slabs.reuse(slab)
    t.equal(slabs.take(slabSize), slab)
    t.not(slabs.take(slabSize), slab)
  },
)

t.test('slabs get small while many are lent, until some come back', async (t) => {
  const slabs = createSlabs()
  const lent = Array.from({ length: 8 }, () => slabs.take(slabSize))
  t.ok(lent.every((slab) => slab.length === slabSize))
  t.ok(slabs.areScarce())
  t.equal(slabs.take(slabSize).length, slabSize / 8)
  t.equal(slabs.take(slabSize - 1).length, slabSize / 8)
  t.equal(slabs.take(100).length, 100)
  const small = slabs.take(slabSize)
  slabs.reuse(small)
  t.equal(slabs.take(2 * slabSize), small, 'the small ones go round, too')
  slabs.forget(lent[0] as Buffer)
  slabs.reuse(lent[1] as Buffer)
  t.same(
    [slabs.take(slabSize), slabs.take(slabSize), slabs.take(slabSize)].map((slab) => slab.length),
    [slabSize, slabSize, slabSize / 8],
  )
})

/** Slabs that count what is borrowed. */
function createCountedSlabs() {
  const slabs = createSlabs()
  const borrowed = new Set<Buffer>()
  const counted: Slabs = {
    areScarce: slabs.areScarce,
    take(wanted) {
      const slab = slabs.take(wanted)
      borrowed.add(slab)
      return slab
    },
    reuse(slab) {
      borrowed.delete(slab)
      slabs.reuse(slab)
    },
    forget(slab) {
      borrowed.delete(slab)
      slabs.forget(slab)
    },
  }
  return { slabs: counted, borrowed }
}

for (const end of [3 * MiB, 3 * MiB + 5]) {
  t.test(`a reader of 3 MiB up to ${end} gives back all it borrowed`, async (t) => {
    const path = join(t.testdir({ file: noise(3 * MiB) }), 'file')
    const { slabs, borrowed } = createCountedSlabs()
    for (const wanted of [0, 1, 2, 3, 4]) {
      const reader = createReader(
        { file: await open(path), slabs, start: 0, end, name: 'file' },
        { size: end, version: '' },
      )
      for (let count = 0; count < wanted; count += 1) await reader.next().catch(() => undefined)
      await reader.return?.()
      t.equal(borrowed.size, 0, `left after ${wanted} calls`)
    }
  })
}

t.test('a reader reads ahead unless slabs are scarce', async (t) => {
  const path = join(t.testdir({ file: noise(3 * MiB) }), 'file')
  for (const lent of [0, 32]) {
    const { slabs, borrowed } = createCountedSlabs()
    for (let count = 0; count < lent; count += 1) slabs.take(slabSize)
    const options = { file: await open(path), slabs, start: 0, end: 3 * MiB, name: 'file' }
    const reader = createReader(options, { size: 3 * MiB, version: '' })
    for (const mine of lent === 0 ? [2, 3] : [1, 2, 2]) {
      await reader.next()
      t.equal(borrowed.size - lent, mine)
    }
    await reader.return?.()
    t.equal(borrowed.size, lent)
  }
})

for (const released of [true, false]) {
  const title = released ? 'is used again after return()' : 'stays untouched without return()'
  t.test(`the last chunk of a reader that came to its end ${title}`, async (t) => {
    const path = join(t.testdir({ file: noise(3 * MiB) }), 'file')
    const slabs = createSlabs()
    const options = { file: await open(path), slabs, start: 0, end: 3 * MiB, name: 'file' }
    const reader = createReader(options, { size: 3 * MiB, version: '' })
    const chunks: Buffer[] = []
    for await (const chunk of { [Symbol.asyncIterator]: () => reader }) chunks.push(chunk)
    if (released) await reader.return?.()
    const next = chunks.map(() => slabs.take(slabSize))
    t.equal(next.includes(chunks.at(-1) as Buffer), released)
  })
}
