import { algorithmOf, type Digest, hexOf } from '../../../src/oci/digest.ts'

/**
 * A digest as a column: one byte for the algorithm, then the raw bytes of the hash. Half the size of
 * the text in every index, and in the same order.
 */

const prefixes = { sha256: '01', sha512: '02' } as const
const lengths = { sha256: 33, sha512: 65 } as const

/** Hex digits of the column, for lists handed to SQL as JSON and read there with `unhex`. */
export function digestColumnHex(digest: Digest): string {
  return prefixes[algorithmOf(digest)] + hexOf(digest)
}

export function toColumn(digest: Digest): Buffer {
  return Buffer.from(digestColumnHex(digest), 'hex')
}

/** @throws Error if the column holds no digest: the database is damaged. */
export function fromColumn(column: Buffer): Digest {
  const algorithm = column[0] === 1 ? 'sha256' : 'sha512'
  if (column[0] !== Number(prefixes[algorithm]) || column.length !== lengths[algorithm]) {
    throw new Error(`the metadata holds a damaged digest: ${column.toString('hex', 0, 66)}`)
  }
  return `${algorithm}:${column.toString('hex', 1)}` as Digest
}
