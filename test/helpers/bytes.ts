import { createCipheriv } from 'node:crypto'

/** Bytes that look random and are the same each time for one `seed`. */
export function noise(size: number, seed = 0): Buffer {
  const iv = Buffer.alloc(16)
  iv.writeUInt32BE(seed)
  return createCipheriv('aes-128-ctr', Buffer.alloc(16), iv).update(Buffer.alloc(size))
}

/** `bytes` as a body, in chunks of `size`, each in memory of its own. */
export async function* inChunks(bytes: Buffer, size = 64 * 1024): AsyncGenerator<Buffer, void> {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size))
}

/** `bytes` as a body that then fails with `error`. */
export async function* failingAfter(bytes: Buffer, error: Error): AsyncGenerator<Buffer, void> {
  yield* inChunks(bytes)
  throw error
}

/** All bytes of an iteration; copies, since a chunk may be reused. */
export async function collect(bytes: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of bytes) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** All items of an iteration that does not reuse them. */
export async function listAll<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}
