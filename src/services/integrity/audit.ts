import type { BlobStore, Damage } from '../../../storage/blobs/store.ts'
import type { BlobRecord } from '../../../storage/metadata/store.ts'
import { damageOf } from './damage.ts'
import { atOnce, type Pace } from './pace.ts'
import { createVerification } from './verify.ts'

export type Verdict =
  | { readonly damage: Damage }
  /** The object matched its digest in this version. */
  | { readonly damage?: never; readonly version: string }

/**
 * Reads a blob's object to its end and compares it with its row: is it there, has it the size, does
 * it hash to the digest?
 * @throws what keeps it from being read without the object being at fault (too many open files, a
 * stop of `pace`).
 */
export async function auditBlob(
  blobStore: Pick<BlobStore, 'open'>,
  { digest, size, key }: BlobRecord,
  pace: Pace = atOnce,
): Promise<Verdict> {
  try {
    const opened = await blobStore.open(key)
    if (opened === undefined) return { damage: 'missing' }
    if (opened.size !== size) {
      await opened[Symbol.asyncIterator]().return?.()
      return { damage: 'wrong size' }
    }
    const verification = createVerification(digest, size)
    for await (const chunk of opened) {
      verification.take(chunk)
      await pace(chunk.length)
    }
    verification.end()
    return { version: opened.version }
  } catch (error) {
    const damage = damageOf(error)
    if (damage === undefined) throw error
    return { damage }
  }
}
