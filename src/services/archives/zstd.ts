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

/** Refuses streams of many small blocks: each costs a pass over the window, whatever it brings. */
function createBlockCheck() {
  let blocks = 0
  let bytes = 0
  return (size: number): void => {
    blocks += 1
    bytes += size
    if (blocks > limits.blocks + bytes / limits.block) {
      throw refuse('its zstd stream is made of too many small blocks')
    }
  }
}

/** The pieces as one stream, each frame's window checked before a decoder sees it. */
async function* checked(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const { bytes } of zstdPieces(source)) if (bytes.length > 0) yield bytes
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
    if (kind === 'block') check(made.reduce((sum, { length }) => sum + length, 0))
    yield* made
    made = []
  }
}

/** Decompresses zstd with Node's decoder where there is one, else in script. */
export function unzstd(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const { createZstdDecompress } = zlib as NodeZstd
  if (createZstdDecompress === undefined) return inScript(source)
  return throughCodec(checked(source), createZstdDecompress(), ({ message }) => broken(message))
}
