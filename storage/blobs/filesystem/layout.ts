import { join } from 'node:path'
import { algorithmOf, type Digest, hexOf, isDigest } from '../../../src/oci/digest.ts'
import type { StorageKey, UploadId } from '../store.ts'

/**
 * Where files lie below the root:
 *
 *     blobs/<algorithm>/<first two hex digits>/<hex>-<upload id>    a sealed object, never changed
 *     uploads/<upload id>                                           an unfinished upload
 *     uploads/.probe-<anything>                                     left by a probe that was killed
 *     quarantine/<algorithm>-<hex>-<upload id>                      an object that was put aside
 *
 * A storage key is the path of an object below `blobs`. Since an upload is sealed at most once and
 * its id never comes back, neither does the key; and `sha256sum` still checks a file by its name.
 * Anything else below the root is foreign: never listed, never touched.
 */
export interface Layout {
  readonly blobs: string
  readonly uploads: string
  readonly quarantine: string
  /** Where an object lies that was put aside. @throws Error as `blobFile` does. */
  quarantineFile(key: StorageKey): string
  /** @throws Error if it is not a key that `seal` could have made. */
  blobFile(key: StorageKey): string
  /** @throws Error if it is not an upload's id. */
  uploadFile(id: UploadId): string
}

const idPattern = /^[A-Za-z0-9-]{36}$/
const keyPattern = /^([a-z0-9]+)\/([0-9a-f]{2})\/(\2[0-9a-f]+)-([A-Za-z0-9-]{36})$/

export function isUploadId(text: string): text is UploadId {
  return idPattern.test(text)
}

export function isStorageKey(text: string): text is StorageKey {
  return originOf(text) !== undefined
}

/** The upload id in a key; `undefined` for a text that is no key. */
export function originOf(key: string): UploadId | undefined {
  const [, algorithm, , hex, id] = keyPattern.exec(key) ?? []
  return isDigest(`${algorithm}:${hex}`) ? (id as UploadId) : undefined
}

export function makeKey(digest: Digest, id: UploadId): StorageKey {
  const hex = hexOf(digest)
  return `${algorithmOf(digest)}/${hex.slice(0, 2)}/${hex}-${id}` as StorageKey
}

export function createLayout(root: string): Layout {
  const blobs = join(root, 'blobs')
  const uploads = join(root, 'uploads')
  const quarantine = join(root, 'quarantine')
  function check(key: StorageKey): StorageKey {
    if (isStorageKey(key)) return key
    throw new Error(`not a storage key: ${JSON.stringify(key)}`)
  }
  return {
    blobs,
    uploads,
    quarantine,
    blobFile: (key) => join(blobs, check(key)),
    quarantineFile(key) {
      const [algorithm, , name] = check(key).split('/')
      return join(quarantine, `${algorithm}-${name}`)
    },
    uploadFile(id) {
      if (!isUploadId(id)) throw new Error(`not an upload id: ${JSON.stringify(id)}`)
      return join(uploads, id)
    },
  }
}
