import t from 'tap'
import { createFilesystem } from '../../../storage/blobs/filesystem/create.ts'
import { createSlabs, slabSize } from '../../../storage/blobs/filesystem/slabs.ts'
import { collect, noise } from '../../helpers/bytes.ts'
import { MiB } from '../../helpers/sizes.ts'
import { storeBlob } from '../../helpers/stores.ts'

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

t.test('slabs get small while many are lent, until some come back', async (t) => {
  const slabs = createSlabs()
  const lent = Array.from({ length: 64 }, () => slabs.take(slabSize))
  t.ok(lent.every((slab) => slab.length === slabSize))
  t.equal(slabs.take(slabSize).length, slabSize / 8)
  t.equal(slabs.take(slabSize - 1).length, slabSize / 8)
  t.equal(slabs.take(100).length, 100)
  slabs.forget(lent[0] as Buffer)
  slabs.reuse(lent[1] as Buffer)
  t.same(
    [slabs.take(slabSize), slabs.take(slabSize), slabs.take(slabSize)].map((slab) => slab.length),
    [slabSize, slabSize, slabSize / 8],
  )
})

t.test('readers give back all they borrowed, however they end', async (t) => {
  const { blobs, uploads } = await createFilesystem({ root: t.testdir() })
  const { key } = await storeBlob({ blobs, uploads }, noise(3 * MiB))
  const firstChunk = async () => {
    for await (const chunk of (await blobs.open(key)) ?? []) return chunk.length
    return 0
  }
  for (let round = 0; round < 100; round += 1) {
    await firstChunk()
    await collect((await blobs.open(key)) as AsyncIterable<Buffer>)
    const tooLong = { start: 2 * MiB, end: 5 * MiB }
    await t.rejects(collect((await blobs.open(key, tooLong)) as AsyncIterable<Buffer>))
  }
  t.equal(await firstChunk(), slabSize, 'there are still slabs to lend')
})
