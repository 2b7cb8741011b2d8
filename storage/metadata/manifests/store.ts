import type { Actor } from '../../../src/oci/actor.ts'
import type { Digest } from '../../../src/oci/digest.ts'
import type { RepositoryName } from '../../../src/oci/name.ts'
import type { Reference, Tag } from '../../../src/oci/reference.ts'
import type { Refused } from '../policies/store.ts'

/** What is stored of a manifest, without its bytes. */
export interface ManifestRecord {
  readonly digest: Digest
  readonly mediaType: string
  /** Bytes of the manifest itself. */
  readonly size: number
}

export interface StoredManifest extends ManifestRecord {
  /** Byte for byte what was pushed. */
  readonly body: Buffer
}

/** A manifest to store, already read and checked against its digest. */
export interface NewManifest extends StoredManifest {
  /** As a referrers list shows it. */
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly subject?: Digest
  /** Config and layers. */
  readonly blobs: readonly WantedReference[]
  /** Entries of an index: manifests, or blobs (a build cache lists layers). */
  readonly children: readonly WantedReference[]
}

export interface WantedReference {
  readonly digest: Digest
  /** False: store the manifest even if this is not in the repository. */
  readonly required: boolean
}

export type PutResult =
  | { readonly stored: true; readonly created: boolean }
  /**
   * Nothing was changed; these required digests are not in the repository: each once, as listed,
   * blobs before children.
   */
  | { readonly stored: false; readonly missing: readonly Digest[]; readonly refused?: undefined }
  /** A rule forbids it; nothing was changed. */
  | ({ readonly stored: false } & Refused)

export interface PutOptions {
  /** False: the push is refused if one of its tags points elsewhere. True if absent. */
  readonly mayOverwrite?: boolean
  /**
   * When the tags were pointed there in the registry they come from, for those that are moved; now if
   * absent, or later than that. History tells when it was done here.
   */
  readonly since?: number
}

/** An entry of a referrers list. */
export interface Referrer extends ManifestRecord {
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
}

export interface ReferrerQuery {
  /** Only these types; all when absent. Compared exactly. */
  readonly artifactTypes?: readonly string[]
  /** Digest to begin after, in the order of the list (byte order of digests). */
  readonly after?: Digest
  readonly limit: number
}

export interface FoundManifest extends ManifestRecord {
  /** Nobody holds it, and it may be collected before the grace is over: see `lease`. */
  readonly expiring?: true
}

/** A manifest that is damaged or deleted can't be found by `find`, `head` and `headAll`. */
export interface ManifestTable {
  find(repository: RepositoryName, reference: Reference): Promise<StoredManifest | undefined>

  /** The same without the bytes. */
  head(repository: RepositoryName, reference: Reference): Promise<FoundManifest | undefined>

  /** Keeps a manifest for the grace from now on; false if it is not there. */
  lease(repository: RepositoryName, digest: Digest): Promise<boolean>

  /** Many at once, for choosing an index's child: those there are, in no order. */
  headAll(
    repository: RepositoryName,
    digests: readonly Digest[],
  ): Promise<readonly ManifestRecord[]>

  /**
   * Stores a manifest, its edges to blobs and children, its place in its subject's referrers, and
   * points `tags` at it, each move with a row of history. Storing it again is refused like the first
   * time if what it requires has gone since; else it changes the tags, puts back lost edges, and
   * heals it if it was marked as damaged,
   * and brings it back if it was deleted, and what it lists.
   * What is not required and not there is remembered and linked when it arrives.
   */
  put(
    repository: RepositoryName,
    manifest: NewManifest,
    tags: readonly Tag[],
    by?: Actor,
    options?: PutOptions,
  ): Promise<PutResult>

  /**
   * Deletes a manifest and every tag that points at it, so that it can be undone (see
   * `DeletionTable`); children, referrers and blobs stay. False if it is not there.
   */
  delete(repository: RepositoryName, digest: Digest, by?: Actor): Promise<boolean | Refused>

  /** Manifests of this repository whose subject is `subject`, in byte order of their digests. */
  referrers(
    repository: RepositoryName,
    subject: Digest,
    query: ReferrerQuery,
  ): Promise<readonly Referrer[]>
}
