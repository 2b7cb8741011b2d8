import type { BlobBytes, BlobStore, Damage, OpenBlob } from '../../../storage/blobs/store.ts'
import type { BlobRecord } from '../../../storage/metadata/store.ts'
import type { ByteRange } from '../../oci/range.ts'
import { damageOf } from './damage.ts'
import type { Trust } from './trust.ts'
import { createVerification } from './verify.ts'
import { watch } from './watch.ts'

export interface ReadsDeps {
  readonly blobStore: Pick<BlobStore, 'open'>
  readonly trust: Trust
  /** Told of a blob that a read found damaged; it may have been replaced since it was looked up. */
  readonly onDamage: (blob: BlobRecord, damage: Damage) => void
  /** Told of a blob of which a part was read unchecked, as a part has no digest. */
  readonly onUnchecked: (blob: BlobRecord) => void
}

/**
 * Opens blobs for clients. Bytes that do not match their digest never come to a good end: a blob that
 * is read whole is hashed on the way, unless that was done lately, and its last chunk is held back
 * until the hash is right.
 */
export interface Reads {
  /** `undefined` if the object is not there, or is found damaged before a byte is read. */
  open(blob: BlobRecord, range?: ByteRange): Promise<BlobBytes | undefined>
}

export function createReads({ blobStore, trust, onDamage, onUnchecked }: ReadsDeps): Reads {
  function onError(blob: BlobRecord, error: unknown): void {
    const damage = damageOf(error)
    if (damage !== undefined) onDamage(blob, damage)
  }

  async function openObject(blob: BlobRecord, range?: ByteRange): Promise<OpenBlob | undefined> {
    const opened = await blobStore.open(blob.key, range)
    if (opened?.size === blob.size) return opened
    await opened?.[Symbol.asyncIterator]().return?.()
    onDamage(blob, opened === undefined ? 'missing' : 'wrong size')
    return undefined
  }

  function verified(opened: OpenBlob, blob: BlobRecord): BlobBytes {
    const verification = createVerification(blob.digest, blob.size)
    return watch(opened, {
      onChunk: verification.take,
      onEnd() {
        verification.end()
        trust.add(blob.key, opened.version)
      },
      onError: (error) => onError(blob, error),
    })
  }

  return {
    async open(blob, range) {
      const opened = await openObject(blob, range).catch((error) => {
        onError(blob, error)
        throw error
      })
      if (opened === undefined) return undefined
      const checked = trust.has(blob.key, opened.version)
      if (range === undefined && !checked) return verified(opened, blob)
      if (!checked) onUnchecked(blob)
      return watch(opened, { onError: (error) => onError(blob, error) })
    },
  }
}
