import {
  type Algorithm,
  algorithmOf,
  type Digest,
  hexOf,
  isDigest,
} from '../../../src/oci/digest.ts'

/**
 * A digest as a column: one byte for the algorithm, then the raw bytes of the hash. Half the size of
 * the text in every index, and in the same order.
 */

const prefixes: Readonly<Record<Algorithm, string>> = { sha256: '01', sha512: '02' }
const byPrefix = new Map(Object.entries(prefixes).map(([algorithm, prefix]) => [prefix, algorithm]))

/** Hex digits of the column, for lists handed to SQL as JSON and read there with `unhex`. */
export function digestColumnHex(digest: Digest): string {
  return prefixes[algorithmOf(digest)] + hexOf(digest)
}

export function toColumn(digest: Digest): Buffer {
  return Buffer.from(digestColumnHex(digest), 'hex')
}

/** @throws Error if the column holds no digest: the database is damaged. */
export function fromColumn(column: Buffer): Digest {
  const text = `${byPrefix.get(column.toString('hex', 0, 1))}:${column.toString('hex', 1)}`
  if (isDigest(text)) return text
  throw new Error(`the metadata holds a damaged digest: ${column.toString('hex', 0, 66)}`)
}
