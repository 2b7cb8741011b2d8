import type { Algorithm, Digest } from '../../src/oci/digest.ts'
import type { ByteRange } from '../../src/oci/range.ts'

/**
 * Where bytes live. Two small contracts, because a file system appends at an offset and an object
 * store appends parts. Neither knows repositories, rights or HTTP: that is the metadata's business.
 *
 * Every stored object has a key that is never used again; `blobs.storage_key` in the metadata is the
 * only way to it. A late or repeated `delete` can therefore never hit newer data.
 */

/** Names one stored object for ever; made by `UploadStore.seal`. */
export type StorageKey = string & { readonly __brand: 'StorageKey' }

/** Names one unfinished upload: `[A-Za-z0-9-]{36}`, unguessable. */
export type UploadId = string & { readonly __brand: 'UploadId' }

/**
 * The bytes of one object or of a range of it, in order.
 *
 * A chunk stays untouched until the second `next()` after the one that gave it: a reader may fill
 * one buffer while the caller writes the other, and no caller may keep chunks. Iteration throws if
 * the object turns out shorter than promised; it never ends early in silence. Ending the iteration
 * early (`return()`) frees all it holds. After the end, `return()` says that nobody looks at the last
 * chunks any more; without it they are never touched again.
 *
 * It can be iterated once. What is opened holds a file or a connection until then: whoever opens it
 * must iterate, or call `bytes[Symbol.asyncIterator]().return?.()`, which needs no `next()` before.
 */
export type BlobBytes = AsyncIterable<Buffer>

/** What can be wrong with a stored object. */
export type Damage = 'missing' | 'wrong size' | 'wrong content' | 'unreadable'

/** An error with this property says that the object itself is bad, not the way to it. */
export interface Damaged {
  readonly damage: Damage
}

/** An object that is open for one reading. */
export interface OpenBlob extends BlobBytes {
  /** Bytes of the whole object, whatever range was asked for. */
  readonly size: number
  /** The same text while the stored bytes are as they were; another once they may have changed. */
  readonly version: string
}

/** The whole of an object. */
export interface LoadedBlob {
  readonly bytes: Buffer
  /** As `BlobStore.open` tells it; the bytes are of this version or a later one. */
  readonly version: string
}

export interface BlobStore {
  /** Size in bytes, or `undefined` if there is no such object. */
  stat(key: StorageKey): Promise<number | undefined>

  /**
   * Opens an object for reading, or gives `undefined` if there is no such object.
   * @param range inclusive positions inside of the object; all of it when absent.
   * An object deleted or quarantined while it is read can be read to its end. Opening and reading
   * reject with a {@link Damaged} error where the object is at fault.
   */
  open(key: StorageKey, range?: ByteRange): Promise<OpenBlob | undefined>

  /**
   * Reads an object of `size` bytes, a small one, in as few steps as there can be; or gives
   * `undefined` if there is no such object. Rejects as `open` does, also for another size. The bytes
   * are the caller's to keep.
   */
  load(key: StorageKey, size: number): Promise<LoadedBlob | undefined>

  /** The version as `open` would tell it now, or `undefined` if there is no such object. */
  version(key: StorageKey): Promise<string | undefined>

  /** Removes an object durably; no error if it is not there. */
  delete(key: StorageKey): Promise<void>

  /**
   * Puts an object aside durably: it is no longer there under its key, nor listed, but kept for a
   * person to look at. No error if it is not there.
   */
  quarantine(key: StorageKey): Promise<void>

  /** All keys in order, those after `after` first to last; keys made meanwhile may be missed. */
  list(after?: StorageKey): AsyncIterable<StorageKey>

  /** Throws, with a reason a person understands, if objects can't be written now. */
  probe(): Promise<void>
}

/** What `seal` made: a complete, durable object whose content has that digest. */
export interface SealedBlob {
  readonly key: StorageKey
  /** Bytes. */
  readonly size: number
  /** As `BlobStore.open` will tell it while nobody touches the object. */
  readonly version: string
}

export interface UploadStat {
  /** Bytes so far. */
  readonly size: number
  /** When it last grew, in whole milliseconds since 1970. */
  readonly modifiedAt: number
}

/** The room where bytes are kept, for everyone who writes there. */
export interface Space {
  /** Bytes that can still be written. */
  readonly free: number
  /** Bytes in all, used and free. */
  readonly total: number
  /** Files that can still be made, and files in all; absent where only bytes count. */
  readonly freeFiles?: number
  readonly files?: number
}

/** What comes for an upload. */
export interface Body extends AsyncIterable<Buffer> {
  /**
   * Its chunks, and their memory, are nobody else's: the store may keep them, and clears them when it
   * is done. Otherwise a chunk is looked at no more when the next one is asked for.
   */
  readonly given?: boolean
}

/** How an `append` ended. `size` is the upload's length in bytes afterwards. */
export interface Appended {
  readonly size: number
}

/**
 * Unfinished uploads. The store is the truth for an upload's progress, the metadata for its
 * existence. Calls for one id must not overlap, but for `stat`; the caller holds a lock.
 * An upload survives a restart with the bytes that reached the disk. `append`, `truncate`, `seal` and
 * `digest` reject if there is no such upload; a key or id of another form is a bug and rejects everywhere.
 */
export interface UploadStore {
  /** Makes an empty upload; rejects if there is one with this id. */
  create(id: UploadId): Promise<void>

  /** How far it is, or `undefined` if there is no such upload. */
  stat(id: UploadId): Promise<UploadStat | undefined>

  /**
   * Writes `body` from `offset`, which must be the present length, and hashes in the same pass.
   * Rejects for another offset before it asks `body` for anything.
   *
   * `body` is read with back-pressure and to its end. If it throws, what arrived is kept and the
   * error is thrown on; the caller asks `stat` and decides, see `truncate`.
   * @param algorithm which digest `seal` will be asked for, as far as known.
   */
  append(id: UploadId, offset: number, body: Body, algorithm: Algorithm): Promise<Appended>

  /** Cuts an upload back to `size` bytes; rejects if it is shorter. */
  truncate(id: UploadId, size: number): Promise<void>

  /**
   * Checks the content against `digest` and publishes it: durable, complete and visible under the
   * key it returns, or not at all. The upload is gone afterwards.
   * `undefined` if the content has another digest: the upload is still there, unchanged.
   * If it rejects, nothing is published, and the upload may be gone: what a failing disk took can't
   * be trusted again. `stat` tells.
   */
  seal(id: UploadId, digest: Digest): Promise<SealedBlob | undefined>

  /** The digest of what the upload holds by now; it can go on afterwards. */
  digest(id: UploadId, algorithm: Algorithm): Promise<Digest>

  /** Removes an upload; no error if it is not there. */
  abort(id: UploadId): Promise<void>

  /** Ids of all unfinished uploads, whether or not the metadata knows them. */
  list(): AsyncIterable<UploadId>

  /** How much room there is now; `undefined` where there is no such limit. Asked anew each time. */
  space(): Promise<Space | undefined>

  /** The upload a sealed object was made from: how what a crash left is told from what is in use. */
  originOf(key: StorageKey): UploadId | undefined
}
