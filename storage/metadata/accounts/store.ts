import type { Visibility } from '../../../src/access/rights.ts'
import type { Digest } from '../../../src/oci/digest.ts'
import type { RepositoryName } from '../../../src/oci/name.ts'
import type { Tag } from '../../../src/oci/reference.ts'
import type { StorageKey } from '../../blobs/store.ts'
import type { Slice } from '../listing/store.ts'

/*
 * What everything that is stored costs, exactly. The words are those of
 * docs/reference/storage-accounts.md; all sizes are bytes, times milliseconds since 1970.
 *
 * What repositories hold is kept in the transactions that change it; the rest is counted when asked
 * for, and each method says how much it reads.
 */

/** Content of something: blobs each once, manifests each once in each repository. */
export interface Account {
  readonly stored: number
  /** The part of `stored` that nothing else holds; the rest is shared. */
  readonly unique: number
}

export interface RepositoryAccount extends Account {
  readonly name: RepositoryName
  readonly tags: number
  readonly manifests: number
  /** Of manifests, a part of `unique`. */
  readonly manifestBytes: number
  /** When a manifest or a tag last came; `undefined` for never. */
  readonly pushedAt: number | undefined
  readonly pulledAt: number | undefined
  readonly pulls: number
}

/** Of many repositories at once: a blob that two of them hold is in `stored` once. */
export interface NamespaceAccount extends Account {
  readonly repositories: number
  readonly tags: number
  readonly manifests: number
  readonly blobs: number
  readonly manifestBytes: number
}

/** All that live manifests hold. */
export type RegistryAccount = Omit<NamespaceAccount, 'unique'>

/** What repositories are ordered by. Ties, and `name` itself, are in byte order of names. */
export type RepositorySort = 'name' | 'size' | 'unique' | 'tags' | 'pushedAt' | 'pulledAt'

export interface RepositoryQuery {
  readonly sort: RepositorySort
  /** The largest first; ties are then in reverse byte order. */
  readonly descending: boolean
  /** Only names that contain this anywhere. */
  readonly term?: string
  /** The last entry of the page before. */
  readonly after?: RepositoryCursor
  readonly limit: number
}

/** Where a page ends: the value it is ordered by (0 for `name`, and for a time that never was). */
export interface RepositoryCursor {
  readonly value: number
  readonly name: RepositoryName
}

export interface TagAccount extends Account {
  readonly tag: Tag
  readonly digest: Digest
}

export interface TagName {
  readonly repository: RepositoryName
  readonly tag: Tag
}

/** What would go. */
export interface Marginal {
  readonly manifests: number
  readonly manifestBytes: number
  readonly blobs: number
  readonly blobBytes: number
}

export interface LogicalPage {
  readonly tags: number
  /** The content of each of these tags, summed. */
  readonly bytes: number
  /** Where to go on; absent after the last. */
  readonly next?: TagName
}

export interface LayerAccount {
  readonly digest: Digest
  readonly size: number
  /** That hold it by a live manifest; no more than 1000 are counted. */
  readonly repositories: number
}

export interface LayerQuery {
  /** The last entry of the page before. */
  readonly after?: Pick<LayerAccount, 'digest' | 'size'>
  readonly limit: number
}

/** What is on the disk and not held by live manifests, and what of it is not there. */
export interface Apart {
  /** Held only by deleted manifests that can be revived, or by what tag history keeps. */
  readonly undo: number
  /** The part of it that live manifests hold: those only tag history keeps. */
  readonly history: number
  /** Blobs that no manifest holds, but deleted ones that stay deleted. */
  readonly waiting: number
  /** Objects to be removed whose size is known. */
  readonly trash: number
  /** The others: to be looked up. */
  readonly trashUnknown: readonly StorageKey[]
  /** Of deleted manifests that can be revived, and of those that only tag history keeps. */
  readonly undoManifestBytes: number
}

/** What the registry held on a day. The day is `YYYY-MM-DD`, UTC. */
export interface StorageDay {
  readonly day: string
  /** When it was looked at. */
  readonly at: number
  readonly repositories: number
  readonly tags: number
  readonly manifests: number
  readonly blobs: number
  readonly manifestBytes: number
  readonly logical: number
  readonly live: number
  readonly undo: number
  readonly waiting: number
  readonly trash: number
  readonly uploads: number
  readonly absent: number
  readonly disk: number
}

/** A kept number that is not what the rows say. */
export interface AccountDifference {
  /** Whose; absent for the whole registry's. */
  readonly repository?: RepositoryName
  /** What is counted, in words: `stored bytes`, `manifests that hold sha256:…`. */
  readonly what: string
  readonly kept: number
  readonly counted: number
}

export interface AccountTable {
  /** Repositories with a live manifest, one page of them; read from an index in their order. */
  repositories(query: RepositoryQuery): Promise<readonly RepositoryAccount[]>
  /**
   * The same, only those that are visible. Where 1000 or more lie in the ranges, a page looks at so
   * many of all at most: it may hold fewer than asked for, even none, and have a `next`.
   */
  visibleRepositories(
    query: RepositoryQuery & { readonly visible: Visibility },
  ): Promise<Slice<RepositoryAccount, RepositoryCursor>>
  /** `undefined` if it never had a manifest. One without any is all zeros. */
  repository(name: RepositoryName): Promise<RepositoryAccount | undefined>
  /**
   * Of all repositories whose names begin with `prefix` and a slash. Reads which blobs they hold.
   * @param prefix one or more components of a name, without a slash at the end.
   */
  namespace(prefix: string): Promise<NamespaceAccount>
  /** Reads one row a repository. */
  registry(): Promise<RegistryAccount>

  /** Of these tags, each by itself; those that are not there are left out. In no order. */
  tags(repository: RepositoryName, tags: readonly Tag[]): Promise<readonly TagAccount[]>

  /**
   * What comes back if all of these tags go, once no undo keeps it any more: manifests that nothing
   * holds then, and blobs that only those hold. A manifest stays if another tag points at it, and so
   * do its children and referrers. Tags that are not there change nothing.
   */
  marginal(tags: readonly TagName[]): Promise<Marginal>

  /**
   * The content of tags, each by itself, summed page by page: at most `limit` tags, by names of
   * repositories, then of tags.
   * @param scope a repository, or all whose names begin with a prefix and a slash; all if absent.
   */
  logical(scope: LogicalScope, limit: number, after?: TagName): Promise<LogicalPage>

  /** Blobs that live manifests hold, the largest first, ties in reverse byte order of digests. */
  layers(query: LayerQuery): Promise<readonly LayerAccount[]>

  /**
   * What else is stored. Reads the rows of deleted manifests, of tags moved since `historySince`, and
   * of blobs that wait for collection.
   * @param historySince tag history from then on holds what it names.
   */
  apart(historySince: number): Promise<Apart>

  /** Writes the row of its day, over the one there is. */
  recordDay(day: StorageDay): Promise<void>
  /** Days from `from` to `to`, both included, in order; at most `limit`. */
  days(from: string, to: string, limit: number): Promise<readonly StorageDay[]>
  /** The last day that was recorded. */
  newestDay(): Promise<StorageDay | undefined>

  /**
   * Counts everything that is kept anew, and tells what differs. Reads the whole store and may block:
   * for tools, not for a server at work.
   */
  recount(): Promise<readonly AccountDifference[]>
  /** Keeps what is counted from now on; gives what differed. As slow as `recount`. */
  correct(): Promise<readonly AccountDifference[]>
}

export type LogicalScope =
  | { readonly repository: RepositoryName }
  | { readonly prefix: string }
  | Readonly<Record<never, never>>
