import { type Algorithm, type Digest, makeDigest } from '../../../src/oci/digest.ts'
import type { TakeHash } from '../sharing.ts'
import type { UploadId } from '../store.ts'
import type { Descriptor } from './descriptor.ts'
import type { LiveHashes } from './live-hashes.ts'
import { readAhead } from './reader.ts'
import type { HashHere } from './running-hash.ts'
import type { Slabs } from './slabs.ts'

export interface ContentDeps {
  readonly hashes: LiveHashes
  readonly slabs: Slabs
  readonly newHash: (algorithm: Algorithm) => HashHere
  /** Asks the other processes. */
  readonly takeHash: TakeHash
}

/** The file of an upload. */
export interface UploadFile {
  readonly id: UploadId
  readonly file: Descriptor
  /** Bytes. */
  readonly size: number
}

export interface Content {
  /**
   * The digest of an upload's content. Reads the file only if no hash was carried along, as after a
   * restart or when another algorithm was expected; the upload can go on afterwards.
   */
  digest(upload: UploadFile, algorithm: Algorithm): Promise<Digest>
}

export function createContent({ hashes, slabs, newHash, takeHash }: ContentDeps): Content {
  async function carriedHere(
    { id, size }: UploadFile,
    algorithm: Algorithm,
  ): Promise<string | undefined> {
    const hash = hashes.take(id, algorithm, size)
    const hex = await hash?.digest()
    if (hash && hex !== undefined) hashes.keep(id, { algorithm, size, hash })
    return hex
  }

  async function read({ id, file, size }: UploadFile, algorithm: Algorithm) {
    const hash = newHash(algorithm)
    const chunks = readAhead({ file, slabs, start: 0, end: size, name: `upload ${id}` })
    for await (const chunk of chunks) hash.update(chunk)
    hashes.keep(id, { algorithm, size, hash })
    return hash.digest()
  }

  return {
    async digest(upload, algorithm) {
      const hex =
        (await carriedHere(upload, algorithm)) ??
        (await takeHash(upload.id, algorithm, upload.size)) ??
        (await read(upload, algorithm))
      return makeDigest(algorithm, hex)
    },
  }
}
