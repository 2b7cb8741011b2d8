import { type Algorithm, newHash } from '../../../src/oci/digest.ts'
import type { HashThreads } from './hash-threads.ts'

/** A hash that goes on, here or in another thread. One call at a time. */
export interface RunningHash {
  /** Bytes must stay as they are until it resolves. */
  update(bytes: Uint8Array): Promise<void> | undefined
  /** In hex, of all bytes so far; more may follow. `undefined` if the hash was lost with its thread. */
  digest(): Promise<string | undefined>
  /** Nothing more is asked of it. */
  end(): void
}

/** A hash in this thread. */
export function createHashHere(algorithm: Algorithm): RunningHash {
  const hash = newHash(algorithm)
  return {
    update(bytes) {
      hash.update(bytes)
      return undefined
    },
    digest: async () => hash.copy().digest('hex'),
    end() {},
  }
}

/**
 * A new hash. It runs in another thread if its first bytes lie in shared memory: that is how big
 * bodies come, and the small ones are hashed sooner than they are handed over.
 */
export function createRunningHash(algorithm: Algorithm, threads: HashThreads): RunningHash {
  let hash: RunningHash | undefined

  function begin(bytes: Uint8Array): RunningHash {
    const shared = bytes.buffer instanceof SharedArrayBuffer
    return shared ? threads.begin(algorithm) : createHashHere(algorithm)
  }

  return {
    update(bytes) {
      hash ??= begin(bytes)
      return hash.update(bytes)
    },
    digest() {
      hash ??= createHashHere(algorithm)
      return hash.digest()
    },
    end() {
      hash?.end()
    },
  }
}
