import { randomUUID } from 'node:crypto'
import type { ByteRange } from '../../src/oci/range.ts'

export interface MultipartRanges {
  readonly contentType: string
  /** Bytes of the whole body. */
  readonly length: number
  /** Opens one range after the other, as it is read. */
  readonly body: AsyncIterable<Buffer>
}

/** A `multipart/byteranges` body: one part a range, in the order asked for (RFC 9110 §14.6). */
export function multipartOf(
  ranges: readonly ByteRange[],
  size: number,
  open: (range: ByteRange) => Promise<Buffer | AsyncIterable<Buffer>>,
): MultipartRanges {
  const boundary = randomUUID()
  const heads = ranges.map(({ start, end }) =>
    Buffer.from(
      `\r\n--${boundary}\r\ncontent-type: application/octet-stream\r\ncontent-range: bytes ${start}-${end}/${size}\r\n\r\n`,
    ),
  )
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)

  async function* body(): AsyncGenerator<Buffer> {
    for (const [index, range] of ranges.entries()) {
      yield heads[index] as Buffer
      const part = await open(range)
      if (Buffer.isBuffer(part)) yield part
      else yield* part
    }
    yield tail
  }

  const content = ranges.reduce((sum, { start, end }) => sum + end - start + 1, 0)
  const frame = heads.reduce((sum, head) => sum + head.length, tail.length)
  return {
    contentType: `multipart/byteranges; boundary=${boundary}`,
    length: content + frame,
    body: body(),
  }
}
