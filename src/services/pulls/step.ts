import type { Digest } from '../../oci/digest.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { Tag } from '../../oci/reference.ts'

/** What a client did that tells which tag it pulls. */
export interface Step {
  /** `resolved`: HEAD by tag. `pulled`: GET by tag. `fetched`: GET by digest. */
  readonly kind: 'resolved' | 'pulled' | 'fetched'
  readonly client: string
  readonly repository: RepositoryName
  /** By which it asked; `undefined` where it was a digest. */
  readonly tag: Tag | undefined
  /** Of the answer. */
  readonly digest: Digest
  readonly isIndex: boolean
  /** See `machineTime`. */
  readonly at: number
}

/**
 * Milliseconds, with fractions, by a clock that all processes of a machine share and nobody sets. Not
 * `performance.now()`, which begins with its process: the beginnings can't be told as exactly as two
 * requests follow each other.
 */
export function machineTime(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
