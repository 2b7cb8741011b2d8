import type { FileHandle } from 'node:fs/promises'
import { algorithmOf, type Digest, makeDigest } from '../../../src/oci/digest.ts'
import type { UploadId } from '../store.ts'
import type { LiveHashes } from './live-hashes.ts'
import { readAhead } from './reader.ts'
import { createHashHere, type RunningHash } from './running-hash.ts'
import type { Slabs } from './slabs.ts'

export interface Content {
  readonly id: UploadId
  readonly file: FileHandle
  /** Bytes. */
  readonly size: number
  readonly hashes: LiveHashes
  readonly slabs: Slabs
}

async function hashFile({ id, file, size, slabs }: Content, hash: RunningHash): Promise<void> {
  const chunks = readAhead({ file, slabs, start: 0, end: size, name: `upload ${id}` })
  for await (const chunk of chunks) await hash.update(chunk)
}

/**
 * Whether an upload's content has this digest. Reads the file only if no hash was carried along, as
 * after a restart or when another algorithm was expected; the upload can go on afterwards.
 */
export async function hasDigest(content: Content, digest: Digest): Promise<boolean> {
  const { id, size, hashes } = content
  const algorithm = algorithmOf(digest)
  let hash = hashes.take(id, algorithm, size)
  let hex = await hash?.digest()
  if (hash === undefined || hex === undefined) {
    hash = createHashHere(algorithm)
    await hashFile(content, hash)
    hex = await hash.digest()
  }
  hashes.keep(id, { algorithm, size, hash })
  return hex !== undefined && makeDigest(algorithm, hex) === digest
}
