import type { Hash } from 'node:crypto'
import { type Algorithm, newHash } from '../../../src/oci/digest.ts'
import type { UploadId } from '../store.ts'

/** The hash of an upload's first `size` bytes. */
export interface LiveHash {
  readonly algorithm: Algorithm
  readonly size: number
  readonly hash: Hash
}

/**
 * Hashes of idle uploads, so that sealing needs no second read. Any may be missing: reading the file
 * again is always right. The oldest goes when there are too many.
 */
export interface LiveHashes {
  /**
   * Takes out the hash that covers exactly `size` bytes; a new one for an empty upload. Whatever
   * else was kept for the upload is dropped.
   */
  take(id: UploadId, algorithm: Algorithm, size: number): Hash | undefined
  keep(id: UploadId, live: LiveHash): void
  drop(id: UploadId): void
}

export function createLiveHashes(limit = 4096): LiveHashes {
  const hashes = new Map<UploadId, LiveHash>()

  return {
    take(id, algorithm, size) {
      const live = hashes.get(id)
      hashes.delete(id)
      if (live?.algorithm === algorithm && live.size === size) return live.hash
      return size === 0 ? newHash(algorithm) : undefined
    },
    keep(id, live) {
      hashes.delete(id)
      hashes.set(id, live)
      const [oldest] = hashes.keys()
      if (hashes.size > limit && oldest !== undefined) hashes.delete(oldest)
    },
    drop(id) {
      hashes.delete(id)
    },
  }
}
