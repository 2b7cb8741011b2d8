import { throughCodec } from './codec.ts'
import { limits } from './limits.ts'
import { refuse } from './refusal.ts'

export type Compression = 'none' | 'gzip' | 'zstd'

/** What bytes begin with tells how they are compressed. */
export function compressionOf(start: Uint8Array): Compression {
  const [a, b, c, d] = start
  if (a === 0x1f && b === 0x8b) return 'gzip'
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd'
  const skippable = a !== undefined && a >> 4 === 5 && b === 0x2a && c === 0x4d && d === 0x18
  return skippable ? 'zstd' : 'none'
}

/** The first bytes, at least `size` of them if there are as many, and all of them again. */
export async function peek(
  source: AsyncIterable<Buffer>,
  size: number,
): Promise<{ readonly start: Buffer; readonly all: AsyncIterable<Buffer> }> {
  const chunks = source[Symbol.asyncIterator]()
  let start: Buffer = Buffer.alloc(0)
  while (start.length < size) {
    const step = await chunks.next()
    if (step.done) break
    // Copied only where it comes in small pieces: a chunk may be used again.
    start = start.length === 0 ? step.value : Buffer.concat([start, step.value])
  }
  async function* again(): AsyncGenerator<Buffer> {
    try {
      if (start.length > 0) yield start
      yield* { [Symbol.asyncIterator]: () => chunks }
    } finally {
      await chunks.return?.()
    }
  }
  return { start, all: again() }
}

async function* gunzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { createGunzip } = await import('node:zlib')
  yield* throughCodec(source, createGunzip({ chunkSize: 64 * 1024 }), ({ message }) =>
    refuse(`its gzip stream is broken or cut off (${message})`),
  )
}

/** Counts on both sides of a decoder. @throws Problem if it makes far too much of what it gets. */
function withRatio(
  source: AsyncIterable<Buffer>,
  decode: (source: AsyncIterable<Buffer>) => AsyncIterable<Buffer>,
): AsyncIterable<Buffer> {
  let read = 0
  let made = 0
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      read += chunk.length
      yield chunk
    }
  }
  async function* limited(): AsyncGenerator<Buffer> {
    for await (const chunk of decode(counted())) {
      made += chunk.length
      if (made > limits.free + limits.ratio * read) {
        throw refuse(`it unpacks to more than ${limits.ratio} times its size`)
      }
      yield chunk
    }
  }
  return limited()
}

/** The archive itself, plain, whether it comes as it is or compressed with gzip or zstd. */
export async function* decompress(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { start, all } = await peek(source, 4)
  const compression = compressionOf(start)
  if (compression === 'none') yield* all
  else if (compression === 'gzip') yield* withRatio(all, gunzip)
  else yield* withRatio(all, (await import('./zstd.ts')).unzstd)
}
