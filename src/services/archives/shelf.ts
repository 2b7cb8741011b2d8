import { createHash } from 'node:crypto'
import { type Algorithm, algorithmOf, type Digest, makeDigest } from '../../oci/digest.ts'
import type { Staging } from '../staging.ts'
import type { UploadId } from '../uploads.ts'
import { throughCodec } from './codec.ts'
import { type Compression, compressionOf, peek } from './decompress.ts'
import { refuse } from './refusal.ts'

type Bytes = AsyncIterable<Buffer> | readonly Buffer[]

/** A blob of an archive whose bytes were read and have this digest. */
export interface ShelvedBlob {
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
  /** Where its bytes wait; absent if the registry has them already. */
  readonly upload?: UploadId
  readonly compression: Compression
  /** Digest of the layer before it is compressed, where that is known. */
  readonly diffId?: Digest
}

/** Where blobs of an archive wait until it is known what refers to them. */
export interface Shelf {
  /**
   * Takes the bytes that are to have `digest`. If the registry has that blob already, they are only
   * compared with it: what somebody has shown to have, they may have.
   * @throws Problem if they have another digest.
   */
  put(
    bytes: Bytes,
    wanted: { readonly digest: Digest; readonly path: string },
  ): Promise<ShelvedBlob>
  /** Takes a layer, and compresses it with gzip if it is not compressed. */
  putLayer(bytes: AsyncIterable<Buffer>): Promise<ShelvedBlob>
  /** Removes what still waits. Never rejects. */
  clear(): Promise<void>
}

export interface ShelfDeps {
  readonly staging: Pick<Staging, 'take' | 'drop'>
  /** Size of a blob that any repository has. */
  readonly sizeOf: (digest: Digest) => Promise<number | undefined>
}

async function* iterate(bytes: Bytes): AsyncGenerator<Buffer> {
  yield* bytes
}

async function* through(
  bytes: AsyncIterable<Buffer>,
  look: (chunk: Buffer) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    look(chunk)
    yield chunk
  }
}

async function digestAll(bytes: AsyncIterable<Buffer>, algorithm: Algorithm): Promise<Digest> {
  const hash = createHash(algorithm)
  for await (const chunk of bytes) hash.update(chunk)
  return makeDigest(algorithm, hash.digest('hex'))
}

/**
 * Level 6, no time, no name: the same layer gives the same bytes in each import. Those of `docker push`
 * are others, for they depend on who compresses.
 */
async function* gzip(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { createGzip } = await import('node:zlib')
  yield* throughCodec(bytes, createGzip({ level: 6, chunkSize: 64 * 1024 }), (error) => error)
}

export function createShelf({ staging, sizeOf }: ShelfDeps): Shelf {
  const waiting = new Set<UploadId>()

  async function stage(bytes: AsyncIterable<Buffer>, algorithm: Algorithm) {
    const staged = await staging.take(bytes, algorithm)
    waiting.add(staged.id)
    return staged
  }

  return {
    async put(bytes, { digest, path }) {
      const { start, all } = await peek(iterate(bytes), 4)
      const compression = compressionOf(start)
      const known = await sizeOf(digest)
      const algorithm = algorithmOf(digest)
      const right = { digest, compression, ...(compression === 'none' ? { diffId: digest } : {}) }
      const wrong = () => refuse(`${path} has another digest than its name says`, { digest })
      if (known !== undefined) {
        if ((await digestAll(all, algorithm)) !== digest) throw wrong()
        return { ...right, size: known }
      }
      const staged = await stage(all, algorithm)
      if (staged.digest !== digest) throw wrong()
      return { ...right, size: staged.size, upload: staged.id }
    },
    async putLayer(bytes) {
      const { start, all: layer } = await peek(bytes, 4)
      const compression = compressionOf(start)
      const hash = compression === 'none' ? createHash('sha256') : undefined
      const packed = hash ? gzip(through(layer, (chunk) => hash.update(chunk))) : layer
      const { id: upload, digest, size } = await stage(packed, 'sha256')
      const diffId = hash && makeDigest('sha256', hash.digest('hex'))
      const kind: Compression = compression === 'none' ? 'gzip' : compression
      return { digest, size, upload, compression: kind, ...(diffId ? { diffId } : {}) }
    },
    async clear() {
      for (const id of waiting) await staging.drop(id).catch(() => undefined)
      waiting.clear()
    },
  }
}
