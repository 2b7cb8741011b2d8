import type { Damage, Damaged } from '../../../storage/blobs/store.ts'
import type { Digest } from '../../oci/digest.ts'

/** What an error says about the object it came from; `undefined` if the object is not at fault. */
export function damageOf(error: unknown): Damage | undefined {
  return error instanceof Error && 'damage' in error ? (error as Damaged).damage : undefined
}

/** The content does not have the digest it is stored under. */
export class WrongContentError extends Error implements Damaged {
  override readonly name = 'WrongContentError'
  readonly damage = 'wrong content'

  constructor(digest: Digest) {
    super(`the stored content of ${digest} is spoiled`)
  }
}
