import { createHash, type Hash } from 'node:crypto'
import { OciError } from './errors.ts'

/** A content digest `algorithm:hex`, checked by {@link parseDigest} (OCI image-spec descriptor.md). */
export type Digest = string & { readonly __brand: 'Digest' }

/** Algorithm → length of its encoded part in hex digits. */
const hexLength = { sha256: 64, sha512: 128 } as const

export type Algorithm = keyof typeof hexLength

export const algorithms = Object.keys(hexLength) as readonly Algorithm[]

const pattern = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/

export function isDigest(text: string): text is Digest {
  return pattern.test(text)
}

/** @throws OciError DIGEST_INVALID for another algorithm, a wrong length or upper-case digits. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text
  throw new OciError('DIGEST_INVALID', {
    message: 'not a digest; expected sha256: and 64, or sha512: and 128 lower-case hex digits',
    detail: { digest: text.slice(0, 160) },
  })
}

/** @throws OciError DIGEST_INVALID for an algorithm this registry does not compute. */
export function parseAlgorithm(text: string): Algorithm {
  if (Object.hasOwn(hexLength, text)) return text as Algorithm
  throw new OciError('DIGEST_INVALID', {
    message: `unsupported digest algorithm; use one of ${algorithms.join(', ')}`,
    detail: { algorithm: text.slice(0, 40) },
  })
}

export function algorithmOf(digest: Digest): Algorithm {
  return digest.slice(0, digest.indexOf(':')) as Algorithm
}

/** The part after the colon. */
export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1)
}

export function makeDigest(algorithm: Algorithm, hex: string): Digest {
  return parseDigest(`${algorithm}:${hex}`)
}

export function newHash(algorithm: Algorithm): Hash {
  return createHash(algorithm)
}

export function digestOf(bytes: Uint8Array, algorithm: Algorithm = 'sha256'): Digest {
  return makeDigest(algorithm, createHash(algorithm).update(bytes).digest('hex'))
}
