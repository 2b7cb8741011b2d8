import type { Digest } from '../../../src/oci/digest.ts'
import type { RepositoryName } from '../../../src/oci/name.ts'
import type { Damage, StorageKey } from '../../blobs/store.ts'
import type { BlobRecord, ManifestRecord } from '../store.ts'

/** A blob as the check sees it: of any repository, or of none. */
export interface AuditedBlob extends BlobRecord {
  readonly damage?: Damage
}

/** A manifest as the check sees it. */
export interface AuditedManifest extends ManifestRecord {
  /** Of this row, for the next page. */
  readonly position: number
  readonly repository: RepositoryName
  /** `undefined` if its row is lost. */
  readonly body: Buffer | undefined
  readonly damaged: boolean
  /** Digests it has an edge to or waits for, each once. */
  readonly references: ReadonlySet<Digest>
}

/** Where the background check stands in its round. Times are milliseconds since 1970. */
export interface ScrubPosition {
  /** The last digest that was checked; `undefined` before the first. */
  readonly after: Digest | undefined
  readonly startedAt: number
  /** When the round before this one ended. */
  readonly finishedAt: number | undefined
}

/** What the checks of stored content need: they look at everything, whoever may use it. */
export interface IntegrityTable {
  /** All blobs in byte order of digests, those after `after` first to last, at most `limit`. */
  blobs(after: Digest | undefined, limit: number): Promise<readonly AuditedBlob[]>
  /** The same, those that are marked alone. */
  damagedBlobs(after: Digest | undefined, limit: number): Promise<readonly AuditedBlob[]>
  /** The blob of this digest, marked or not. */
  blob(digest: Digest): Promise<AuditedBlob | undefined>
  /** Which of these keys a blob's row names or the trash holds. */
  known(keys: readonly StorageKey[]): Promise<ReadonlySet<StorageKey>>
  /**
   * Marks a blob as damaged; it can't be found then. False, and no change, if `key` is no longer
   * its object: it was replaced in the meantime.
   */
  markBlob(digest: Digest, key: StorageKey, damage: Damage): Promise<boolean>
  /** Takes the mark away, on the same condition. */
  clearBlob(digest: Digest, key: StorageKey): Promise<boolean>
  /** All manifests by position, those after `after` first, at most `limit`. */
  manifests(after: number, limit: number): Promise<readonly AuditedManifest[]>
  /** Marks a manifest as damaged; false if it is not there. */
  markManifest(repository: RepositoryName, digest: Digest): Promise<boolean>
  /**
   * What the store finds wrong with itself, a sentence each; empty if all is well. Reads the whole
   * store and may block: for tools, not for a server at work.
   */
  inspect(): Promise<readonly string[]>
  scrubPosition(): Promise<ScrubPosition | undefined>
  rememberScrub(position: ScrubPosition): Promise<void>
}
