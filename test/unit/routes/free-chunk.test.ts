import t from 'tap'
import { freeChunk } from '../../../routes/http/free-chunk.ts'
import { KiB } from '../../helpers/sizes.ts'

t.test('the memory of a chunk is given back at once', async (t) => {
  const chunk = Buffer.alloc(64 * KiB)
  const { buffer } = chunk
  freeChunk(chunk)
  t.equal(chunk.length, 0)
  t.equal(buffer.byteLength, 0)
})

t.test('many are given back without a run of the collector', async (t) => {
  const before = process.memoryUsage().arrayBuffers
  for (let count = 0; count < 100; count++) freeChunk(Buffer.alloc(64 * KiB))
  t.ok(process.memoryUsage().arrayBuffers - before < 640 * KiB)
})

t.test('what others may see is left alone', async (t) => {
  const whole = Buffer.alloc(64 * KiB, 1)
  const part = whole.subarray(0, 32 * KiB)
  const shared = Buffer.from(new SharedArrayBuffer(64 * KiB))
  const small = Buffer.from('a small one lies in a pool')
  for (const chunk of [part, shared, small]) {
    const { length } = chunk
    freeChunk(chunk)
    t.equal(chunk.length, length)
  }
  t.equal(whole[0], 1)
})
