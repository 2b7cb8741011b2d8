import type { Visibility } from '../../src/access/rights.ts'
import type { Actor } from '../../src/oci/actor.ts'
import type { Algorithm, Digest } from '../../src/oci/digest.ts'
import type { RepositoryName } from '../../src/oci/name.ts'
import type { Tag } from '../../src/oci/reference.ts'
import type { StorageKey, UploadId } from '../blobs/store.ts'
import type { ActivityTable } from './activity/store.ts'
import type { DeletionTable } from './deletions/store.ts'
import type { GarbageTable } from './garbage/store.ts'
import type { HistoryTable } from './history/store.ts'
import type { IntegrityTable } from './integrity/store.ts'

export type * from './integrity/store.ts'
export type * from './manifests/store.ts'

import type { AccessTable, SecretTable } from './access/store.ts'
import type { AccountTable } from './accounts/store.ts'
import type { ListingTable } from './listing/store.ts'
import type { ManifestTable } from './manifests/store.ts'
import type { PolicyTable, Refused } from './policies/store.ts'
import type { PullTable } from './pulls/store.ts'

/**
 * What the registry knows about the bytes: repositories, rights to blobs, manifests, tags, uploads.
 *
 * Every method is one whole transaction: when its promise resolves, all of it is durable (survives
 * power loss) and visible to every later call; when it rejects, nothing of it happened. Only after a
 * failed sync nobody knows: then no later write succeeds, and the next process finds all of it or
 * nothing. No transaction object leaves the store. Absence is `undefined`, `false` or an empty list, never an
 * error. Times are milliseconds since 1970, by the store's clock.
 */
export interface MetadataStore {
  readonly repositories: RepositoryTable
  readonly blobs: BlobTable
  readonly uploads: UploadTable
  readonly manifests: ManifestTable
  readonly tags: TagTable
  readonly trash: TrashTable
  readonly integrity: IntegrityTable
  readonly history: HistoryTable
  readonly deletions: DeletionTable
  readonly garbage: GarbageTable
  readonly listing: ListingTable
  readonly pulls: PullTable
  readonly accounts: AccountTable
  readonly policies: PolicyTable
  readonly access: AccessTable
  readonly secrets: SecretTable
  readonly activity: ActivityTable
  /**
   * Writes all of it, as it was at one moment during the call, to a new file that a store of this
   * kind can be opened from: complete and durable when it resolves, not there if it rejects. Other
   * calls go on meanwhile; only pauses of a few milliseconds are allowed. An error that `onProgress`
   * throws gives the copy up, as `close` does.
   */
  snapshot(file: string, onProgress?: (progress: CopyProgress) => void): Promise<void>
  /**
   * What is read after this is what is committed by then. A read need not be newer than the turn of
   * the event loop it is done in; whoever learned in that turn what only a commit explains (an object
   * is gone that a row named) says so before reading again.
   */
  renew(): void
  /** Throws if the store can't be read or written now. Writes, so it costs what a write costs. */
  probe(): Promise<void>
  /** Every later call rejects, but for `close`. */
  close(): Promise<void>
}

/** How far a copy is, in bytes. */
export interface CopyProgress {
  readonly copied: number
  /** May change while the copy is made. */
  readonly total: number
}

/** Keyset page: entries strictly after `after` in byte order, at most `limit` of them. */
export interface Page {
  readonly after?: string
  readonly limit: number
}

/** A page of repositories. Where some are visible alone, the page is as if there were no others. */
export interface RepositoryPage extends Page {
  readonly visible?: Visibility | undefined
}

export interface RepositoryTable {
  /** Names of repositories that hold a manifest, in byte order. */
  list(page: RepositoryPage): Promise<readonly RepositoryName[]>
  /** The same, only those that contain `term` anywhere; and how many there are in all. */
  search(term: string, page: RepositoryPage): Promise<RepositorySearch>
  /** Whether anything was ever pushed there: a blob, a manifest or a mount. */
  exists(name: RepositoryName): Promise<boolean>
}

export interface RepositorySearch {
  readonly names: readonly RepositoryName[]
  readonly total: number
}

export interface BlobRecord {
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
  readonly key: StorageKey
}

/** A blob that is stored. `replaced` is the object that served before, if there was one. */
export interface CommittedBlob {
  readonly replaced: StorageKey | undefined
}

export interface FoundBlob extends BlobRecord {
  /** Nobody holds it, and it may be collected before the grace is over: see `lease`. */
  readonly expiring?: true
}

/** A blob that is marked as damaged (see `IntegrityTable`) is not there, until a push replaces it. */
export interface BlobTable {
  /** The blob, if this repository has a right to it. Content of other repositories is invisible. */
  find(repository: RepositoryName, digest: Digest): Promise<FoundBlob | undefined>

  /** The blob, if any repository has a right to it: what can be mounted without saying from where. */
  anywhere(digest: Digest): Promise<BlobRecord | undefined>

  /** Keeps a blob for the grace from now on: whoever is told that it is there may refer to it. */
  lease(repository: RepositoryName, digest: Digest): Promise<BlobRecord | undefined>

  /**
   * Ends an upload: removes its row, stores the blob and gives the repository its right to it.
   *
   * If the digest is known already, the new object serves from now on, in every repository: its
   * bytes have just been checked, so that a push heals what was lost or spoiled on the disk. The old
   * object goes to the trash in the same transaction; `replaced` names it.
   * `undefined` if the upload's row is gone (cancelled or expired), or its object was in the trash
   * already: `blob.key` is in the trash then, unless a blob's row names it (a repeated commit).
   */
  commit(upload: UploadRecord, blob: BlobRecord): Promise<CommittedBlob | undefined>

  /**
   * Gives `to` the right to a blob that `from` has; without `from`, that any repository has.
   * Where `to` has it already, that is enough. Otherwise `undefined`, and no change, if it is not
   * there.
   */
  mount(
    digest: Digest,
    to: RepositoryName,
    from?: RepositoryName,
    by?: Actor,
  ): Promise<BlobRecord | undefined>

  /**
   * A repository that is visible and has a right to the blob. Where thousands are visible and thousands
   * have it, only some are looked at: `undefined` then may mean that none was found.
   */
  holder(digest: Digest, visible: Visibility): Promise<RepositoryName | undefined>

  /**
   * Takes the repository's right away; other repositories keep theirs, and manifests that name the
   * blob stay. False if it had none.
   */
  unlink(repository: RepositoryName, digest: Digest, by?: Actor): Promise<boolean>
}

export interface UploadRecord {
  readonly id: UploadId
  readonly repository: RepositoryName
  /** Where the push comes from; see `Actor`. */
  readonly client: string
  /** The account that began it; absent where nobody has to say who they are. */
  readonly owner?: string
  /** Announced at the start with `digest-algorithm`; sha256 otherwise. */
  readonly algorithm: Algorithm
  readonly startedAt: number
}

export type NewUpload = Omit<UploadRecord, 'startedAt' | 'client' | 'owner'> & {
  readonly client?: string
  readonly owner?: string | undefined
}

export interface UploadTable {
  create(upload: NewUpload): Promise<UploadRecord>
  /** Bound to its repository: the id alone opens nothing. */
  find(repository: RepositoryName, id: UploadId): Promise<UploadRecord | undefined>
  /** False if it was gone already. */
  remove(id: UploadId): Promise<boolean>
  /** Uploads begun before `time`, oldest first. */
  startedBefore(time: number, limit: number): Promise<readonly UploadRecord[]>
  /** Which of these ids have a row. */
  known(ids: readonly UploadId[]): Promise<ReadonlySet<UploadId>>
}

export interface TagTable {
  /** Tags in byte order; `undefined` for a repository nothing was ever pushed to. */
  list(repository: RepositoryName, page: Page): Promise<readonly Tag[] | undefined>
  /** Removes the pointer alone; the manifest and its other tags stay. False if it is not there. */
  delete(repository: RepositoryName, tag: Tag, by?: Actor): Promise<boolean | Refused>
}

/**
 * Stored objects that no row names any more: to be removed, then forgotten.
 *
 * Who looks for orphans asks `uploads.known` first and `inUse` then: the other way round an upload
 * that is committed in between looks like one.
 */
export interface TrashTable {
  /** No change if a blob's row names the key, or if it is in the trash already. */
  add(key: StorageKey): Promise<void>
  /** What may be removed by now, what waits longest first. */
  due(limit: number): Promise<readonly StorageKey[]>
  /** After the object is gone; no error if the key is not in the trash. */
  forget(key: StorageKey): Promise<void>
  /** Which of these keys a blob's row names. */
  inUse(keys: readonly StorageKey[]): Promise<ReadonlySet<StorageKey>>
}
