import { algorithmOf, type Digest, digestOf } from '../oci/digest.ts'

/** Longer manifests are rare; they are read and hashed each time. */
const maxLength = 64 * 1024

/**
 * Manifests whose bytes were compared with their digest, kept so that the next reader need not wait
 * for that. Whether a repository has a manifest is never answered from here.
 */
export interface SoundBodies {
  get(digest: Digest): Buffer | undefined
  /** Whether the bytes match the digest; if so they are kept. */
  check(digest: Digest, body: Buffer): boolean
}

/** Keeps up to `capacity` bytes; the longest unused go first. */
export function createSoundBodies(capacity = 8 * 1024 * 1024): SoundBodies {
  const bodies = new Map<Digest, Buffer>()
  let total = 0

  function keep(digest: Digest, body: Buffer): void {
    bodies.set(digest, body)
    total += body.length
    for (const [oldest, { length }] of bodies) {
      if (total <= capacity) return
      bodies.delete(oldest)
      total -= length
    }
  }

  return {
    get(digest) {
      const body = bodies.get(digest)
      if (body === undefined) return undefined
      bodies.delete(digest)
      bodies.set(digest, body)
      return body
    },
    check(digest, body) {
      if (digestOf(body, algorithmOf(digest)) !== digest) return false
      if (body.length <= maxLength && !bodies.has(digest)) keep(digest, body)
      return true
    },
  }
}
