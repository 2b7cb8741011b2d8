import type { Algorithm } from '../../../src/oci/digest.ts'
import type { UploadId } from '../store.ts'
import type { RunningHash } from './running-hash.ts'

/** The hash of an upload's first `size` bytes. */
export interface LiveHash {
  readonly algorithm: Algorithm
  readonly size: number
  readonly hash: RunningHash
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
  take(id: UploadId, algorithm: Algorithm, size: number): RunningHash | undefined
  keep(id: UploadId, live: LiveHash): void
  drop(id: UploadId): void
}

/** @param begin makes the hash of an upload that has no bytes yet. */
export function createLiveHashes(
  begin: (algorithm: Algorithm) => RunningHash,
  limit = 4096,
): LiveHashes {
  const hashes = new Map<UploadId, LiveHash>()

  function drop(id: UploadId): void {
    hashes.get(id)?.hash.end()
    hashes.delete(id)
  }

  return {
    take(id, algorithm, size) {
      const live = hashes.get(id)
      if (live?.algorithm === algorithm && live.size === size) {
        hashes.delete(id)
        return live.hash
      }
      drop(id)
      return size === 0 ? begin(algorithm) : undefined
    },
    keep(id, live) {
      hashes.delete(id)
      hashes.set(id, live)
      const [oldest] = hashes.keys()
      if (hashes.size > limit && oldest !== undefined) drop(oldest)
    },
    drop,
  }
}
