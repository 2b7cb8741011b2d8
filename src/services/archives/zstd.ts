import type { Duplex } from 'node:stream'
import * as zlib from 'node:zlib'
import { throughCodec } from './codec.ts'
import { limits } from './limits.ts'
import { refuse } from './refusal.ts'
import { zstdPieces } from './zstd-frames.ts'

/** Node's own decoder, from 22.15 on. */
interface NodeZstd {
  readonly createZstdDecompress?: () => Duplex
}

function broken(words: string): Error {
  return refuse(`its zstd stream is broken (${words})`)
}

/**
 * Refuses streams of many small blocks: each costs a pass over the window, whatever it brings.
 * @param ahead blocks that may be on their way through the decoder.
 */
function createBlockCheck(ahead = 0) {
  let blocks = 0
  let bytes = 0
  return {
    made(size: number): void {
      bytes += size
    },
    block(): void {
      blocks += 1
      if (blocks > limits.blocks + ahead + bytes / limits.block) {
        throw refuse('its zstd stream is made of too many small blocks')
      }
    },
  }
}

/** Blocks of four bytes, the smallest there are, that fit into the buffer before Node's decoder. */
const mostAhead = (64 * 1024) / 4

async function* inNode(source: AsyncIterable<Buffer>, decoder: Duplex): AsyncGenerator<Buffer> {
  const check = createBlockCheck(mostAhead)
  /** The pieces as one stream, each frame's window checked before a decoder sees it. */
  async function* checked(): AsyncGenerator<Buffer> {
    for await (const { bytes, kind } of zstdPieces(source)) {
      if (kind === 'block') check.block()
      if (bytes.length > 0) yield bytes
    }
  }
  for await (const chunk of throughCodec(checked(), decoder, ({ message }) => broken(message))) {
    check.made(chunk.length)
    yield chunk
  }
}

async function* inScript(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { Decompress } = await import('fzstd')
  const check = createBlockCheck()
  let made: Buffer[] = []
  const create = () =>
    new Decompress((chunk) => {
      if (chunk.length > 0) made.push(Buffer.from(chunk))
    })
  let decoder = create()
  for await (const { bytes, kind } of zstdPieces(source)) {
    if (kind === 'header') decoder = create()
    try {
      decoder.push(bytes, kind === 'end')
    } catch (cause) {
      throw broken((cause as Error).message)
    }
    for (const { length } of made) check.made(length)
    if (kind === 'block') check.block()
    yield* made
    made = []
  }
}

/** Decompresses zstd with Node's decoder where there is one, else in script. */
export function unzstd(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const { createZstdDecompress } = zlib as NodeZstd
  if (createZstdDecompress === undefined) return inScript(source)
  return inNode(source, createZstdDecompress())
}
