import type { BlobStore, StorageKey } from '../../../storage/blobs/store.ts'
import type { BlobRecord } from '../../../storage/metadata/store.ts'
import { algorithmOf, digestOf } from '../../oci/digest.ts'
import { WrongContentError } from './damage.ts'
import type { Trust } from './trust.ts'

/** Blobs up to this many bytes are read and checked before the answer begins: configs, small layers. */
export const smallSize = 64 * 1024

/** What the blobs that are kept may have together, in bytes. */
const defaultLimit = 16 * 1024 * 1024

/** What one costs beyond its bytes, about. */
const entryCost = 1024

export interface SmallBlobsDeps {
  readonly blobStore: Pick<BlobStore, 'load' | 'version'>
  readonly trust: Trust
  /** Bytes of memory. */
  readonly limit?: number
}

/**
 * Small blobs as a whole, always right. Those asked for last stay in memory, and are read anew when
 * their file changed or its check is too long ago; a file that is gone is missed at once.
 */
export interface SmallBlobs {
  /**
   * `undefined` if the object is not there. The bytes are not to be changed.
   * @throws an error with `damage` if the object is at fault.
   */
  read(blob: BlobRecord): Promise<Buffer | undefined>
}

interface Kept {
  readonly bytes: Buffer
  readonly version: string
}

export function createSmallBlobs(deps: SmallBlobsDeps): SmallBlobs {
  const { blobStore, trust, limit = defaultLimit } = deps
  const kept = new Map<StorageKey, Kept>()
  let used = 0

  function drop(key: StorageKey): void {
    const gone = kept.get(key)
    if (gone === undefined) return
    kept.delete(key)
    used -= gone.bytes.length + entryCost
  }

  /** Puts it last in the line of those to go. */
  function keep(key: StorageKey, content: Kept): void {
    drop(key)
    kept.set(key, content)
    used += content.bytes.length + entryCost
    for (const oldest of kept.keys()) {
      if (used <= limit) break
      drop(oldest)
    }
  }

  async function load({ digest, key, size }: BlobRecord): Promise<Buffer | undefined> {
    const loaded = await blobStore.load(key, size)
    if (loaded === undefined) return undefined
    if (digestOf(loaded.bytes, algorithmOf(digest)) !== digest) throw new WrongContentError(digest)
    trust.add(key, loaded.version)
    keep(key, loaded)
    return loaded.bytes
  }

  return {
    async read(blob) {
      const known = kept.get(blob.key)
      if (known !== undefined && trust.has(blob.key, known.version)) {
        if ((await blobStore.version(blob.key)) === known.version) {
          keep(blob.key, known)
          return known.bytes
        }
      }
      drop(blob.key)
      return load(blob)
    },
  }
}
