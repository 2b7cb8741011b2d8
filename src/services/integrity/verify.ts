import { algorithmOf, type Digest, makeDigest, newHash } from '../../oci/digest.ts'
import { WrongContentError } from './damage.ts'

/** Hashes content chunk by chunk as it goes by. */
export interface Verification {
  /**
   * @throws WrongContentError with the last chunk, before anybody has it, if the whole does not have
   * the digest; also if there is more than was announced.
   */
  take(chunk: Buffer): void
  /** @throws WrongContentError if less came than was announced. */
  end(): void
}

/** @param size bytes the content must have. */
export function createVerification(digest: Digest, size: number): Verification {
  const algorithm = algorithmOf(digest)
  const hash = newHash(algorithm)
  let seen = 0
  let right = false

  function compare(): void {
    right = seen === size && makeDigest(algorithm, hash.digest('hex')) === digest
    if (!right) throw new WrongContentError(digest)
  }

  return {
    take(chunk) {
      hash.update(chunk)
      seen += chunk.length
      if (seen >= size) compare()
    },
    end() {
      if (!right) compare()
    },
  }
}
