import { limits } from './limits.ts'
import { refuse } from './refusal.ts'

/**
 * Cuts a zstd stream (RFC 8878) into pieces of which each decompresses to one block, at most 128 KiB.
 * So a decoder never makes more at a time, and what a frame asks for is known before it is asked for.
 */

const magic = 0xfd2fb528
const skippable = 0x184d2a5
export interface FramePiece {
  readonly bytes: Buffer
  readonly kind: 'header' | 'block' | 'end'
}

/** Bytes as they are asked for, whatever chunks they come in. */
function createTaker(source: AsyncIterable<Buffer>) {
  const chunks = source[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)

  async function has(size: number): Promise<boolean> {
    while (held.length < size) {
      const step = await chunks.next()
      if (step.done) return false
      held = held.length === 0 ? Buffer.from(step.value) : Buffer.concat([held, step.value])
    }
    return true
  }
  async function take(size: number): Promise<Buffer> {
    if (!(await has(size))) throw refuse('it is cut off')
    const taken = held.subarray(0, size)
    held = held.subarray(size)
    return taken
  }
  return { has, take, close: () => chunks.return?.() }
}

type Taker = ReturnType<typeof createTaker>

/** Bytes that a frame's decoder has to keep: `fields` begin with them, or with their exponent. */
function windowOf(descriptor: number, fields: Buffer): number {
  const single = (descriptor & 0x20) !== 0
  if (!single) {
    const window = fields.readUInt8(0)
    const base = 2 ** (10 + (window >> 3))
    return base + (base / 8) * (window & 7)
  }
  const flag = descriptor >> 6
  if (flag === 0) return fields.readUInt8(0)
  if (flag === 1) return fields.readUInt16LE(0) + 256
  return flag === 2 ? fields.readUInt32LE(0) : Number(fields.readBigUInt64LE(0))
}

async function readHeader(
  taker: Taker,
  start: Buffer,
): Promise<{ header: Buffer; checksum: boolean }> {
  const first = await taker.take(1)
  const descriptor = first.readUInt8(0)
  if ((descriptor & 8) !== 0) throw refuse('it is no zstd stream this registry knows')
  if ((descriptor & 3) !== 0) throw refuse('it is compressed with a dictionary')
  const single = (descriptor & 0x20) !== 0
  const flag = descriptor >> 6
  const sizeBytes = flag === 0 ? Number(single) : 2 ** flag
  const fields = await taker.take((single ? 0 : 1) + sizeBytes)
  const window = windowOf(descriptor, fields)
  if (window > limits.window) {
    throw refuse(
      `its zstd window of ${window} bytes is more than the ${limits.window} allowed here; compress it without --long or --ultra`,
    )
  }
  return { header: Buffer.concat([start, first, fields]), checksum: (descriptor & 4) !== 0 }
}

async function* readBlocks(taker: Taker): AsyncGenerator<Buffer> {
  for (;;) {
    const head = await taker.take(3)
    const value = head.readUIntLE(0, 3)
    const type = (value >> 1) & 3
    const size = value >> 3
    if (type === 3 || size > 128 * 1024) throw refuse('its zstd stream is broken')
    yield Buffer.concat([head, await taker.take(type === 1 ? 1 : size)])
    if ((value & 1) === 1) return
  }
}

async function skipFrame(taker: Taker): Promise<void> {
  const size = (await taker.take(4)).readUInt32LE(0)
  if (size > limits.list) throw refuse('a zstd frame to be skipped is too long')
  await taker.take(size)
}

async function* readFrame(taker: Taker, start: Buffer): AsyncGenerator<FramePiece> {
  const { header, checksum } = await readHeader(taker, start)
  yield { bytes: header, kind: 'header' }
  for await (const bytes of readBlocks(taker)) yield { bytes, kind: 'block' }
  yield { bytes: checksum ? await taker.take(4) : Buffer.alloc(0), kind: 'end' }
}

/** @throws Problem for a stream that is cut off, broken, or asks for too much. */
export async function* zstdPieces(source: AsyncIterable<Buffer>): AsyncGenerator<FramePiece> {
  const taker = createTaker(source)
  try {
    while (await taker.has(1)) {
      const start = await taker.take(4)
      const number = start.readUInt32LE(0)
      if (number >>> 4 === skippable) await skipFrame(taker)
      else if (number === magic) yield* readFrame(taker, start)
      else throw refuse('what follows its zstd stream is no zstd')
    }
  } finally {
    await taker.close()
  }
}
