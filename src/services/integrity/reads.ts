import type { BlobBytes, BlobStore, Damage, OpenBlob } from '../../../storage/blobs/store.ts'
import type { BlobRecord } from '../../../storage/metadata/store.ts'
import type { ByteRange } from '../../oci/range.ts'
import { damageOf } from './damage.ts'
import { type SmallBlobs, smallSize } from './small-blobs.ts'
import type { Trust } from './trust.ts'
import { createVerification } from './verify.ts'
import { watch } from './watch.ts'

export interface ReadsDeps {
  readonly blobStore: Pick<BlobStore, 'open'>
  readonly smallBlobs: SmallBlobs
  readonly trust: Trust
  /** Told of a blob that a read found damaged; it may have been replaced since it was looked up. */
  readonly onDamage: (blob: BlobRecord, damage: Damage) => void
  /** Told of a blob of which a part was read unchecked, as a part has no digest. */
  readonly onUnchecked: (blob: BlobRecord) => void
}

/** Bytes for a client: there already, and not to be changed, or to be read. */
export type BlobContent = Buffer | BlobBytes

/**
 * Opens blobs for clients. Bytes that do not match their digest never come to a good end: a blob that
 * is read whole is hashed on the way, unless that was done lately, and its last chunk is held back
 * until the hash is right. A small blob is checked before anybody gets a byte, even of a part.
 */
export interface Reads {
  /** `undefined` if the object is not there, or is found damaged before a byte is read. */
  open(blob: BlobRecord, range?: ByteRange): Promise<BlobContent | undefined>
}

export function createReads(deps: ReadsDeps): Reads {
  const { blobStore, smallBlobs, trust, onDamage, onUnchecked } = deps

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

  async function openSmall(blob: BlobRecord, range?: ByteRange): Promise<Buffer | undefined> {
    try {
      const bytes = await smallBlobs.read(blob)
      if (bytes === undefined) onDamage(blob, 'missing')
      return range === undefined ? bytes : bytes?.subarray(range.start, range.end + 1)
    } catch (error) {
      onError(blob, error)
      const damage = damageOf(error)
      if (damage === undefined || damage === 'unreadable') throw error
      return undefined
    }
  }

  return {
    async open(blob, range) {
      if (blob.size <= smallSize) return openSmall(blob, range)
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
