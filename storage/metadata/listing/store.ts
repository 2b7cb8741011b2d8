import type { Visibility } from '../../../src/access/rights.ts'
import type { Digest } from '../../../src/oci/digest.ts'
import type { ManifestKind } from '../../../src/oci/manifest-kind.ts'
import type { RepositoryName } from '../../../src/oci/name.ts'
import type { Tag } from '../../../src/oci/reference.ts'

/**
 * Lists for people: what there is, with the facts one asks next. Deleted manifests are in none of
 * them; damaged ones are, for they are still there to be healed or deleted. Times are milliseconds
 * since 1970, sizes bytes.
 *
 * Every page is read along an index. A filter is applied to a stretch of the list at most, so that no
 * page takes long: one may hold fewer entries than were asked for, even none, and still have a `next`.
 * `undefined` stands for a repository nothing was ever pushed to.
 */
export interface ListingTable {
  /** Tags in the order asked for; equal times in byte order of names. */
  tags(repository: RepositoryName, query: TagQuery): Promise<Slice<TagRow, TagPosition> | undefined>

  /** Manifests by the time they were first pushed; equal times in byte order of digests. */
  manifests(
    repository: RepositoryName,
    query: ManifestQuery,
  ): Promise<Slice<ManifestRow, ManifestPosition> | undefined>

  /**
   * What one gets who pulls all of each: the manifest, all its children, and every blob they name,
   * each counted once. What is not here counts nothing. Unknown digests have no entry.
   */
  pullSizes(
    repository: RepositoryName,
    digests: readonly Digest[],
  ): Promise<ReadonlyMap<Digest, number>>

  /** The bytes of those that are there and not larger than `maxSize`. */
  bodies(
    repository: RepositoryName,
    digests: readonly Digest[],
    maxSize: number,
  ): Promise<ReadonlyMap<Digest, Buffer>>

  /** What hangs on each; unknown digests have no entry. */
  companions(
    repository: RepositoryName,
    digests: readonly Digest[],
  ): Promise<ReadonlyMap<Digest, Companions>>

  repository(name: RepositoryName): Promise<RepositoryFacts | undefined>

  /**
   * The blob of this digest, of whichever repository. Where only some are visible it is that of theirs,
   * and counts them and their manifests alone; see `BlobTable.holder` for how many are looked at.
   */
  layer(digest: Digest, visible?: Visibility): Promise<LayerFacts | undefined>

  /**
   * Manifests that name the blob, in the order they were first pushed; none for an unknown one. Those of
   * visible repositories alone are sought in a stretch of all.
   */
  layerUsers(digest: Digest, query: LayerUserQuery): Promise<Slice<LayerUser, number>>
}

/** A page. `next` is where the following one begins, if there may be one. */
export interface Slice<Row, Position> {
  readonly items: readonly Row[]
  readonly next?: Position
}

/** How many tags, indexes or referrers are named or counted of one manifest at most. */
export const mostNamed = 20
export const mostReferrers = 100

export interface TagPosition {
  readonly pushedAt: number
  readonly name: Tag
}

export interface TagQuery {
  readonly by: 'name' | 'pushedAt'
  readonly descending: boolean
  /** Only names that hold this anywhere. */
  readonly contains?: string | undefined
  readonly after?: TagPosition | undefined
  readonly limit: number
}

export interface TagRow extends TagPosition {
  readonly digest: Digest
  readonly mediaType: string
  readonly artifactType?: string
}

export interface ManifestPosition {
  readonly createdAt: number
  readonly digest: Digest
}

export interface ManifestQuery {
  readonly descending: boolean
  /** Only those that a tag points at, or only the others. */
  readonly tagged?: boolean | undefined
  readonly kind?: ManifestKind | undefined
  readonly after?: ManifestPosition | undefined
  readonly limit: number
}

export interface ManifestRow extends ManifestPosition {
  readonly mediaType: string
  readonly artifactType?: string
  readonly subject?: Digest
  /** In byte order, at most `mostNamed`. */
  readonly tags: readonly Tag[]
  /** Indexes that list it, at most `mostNamed`. */
  readonly indexes: readonly Digest[]
}

export interface Companions {
  /** All tags that point at it in byte order, one more than `mostNamed` at most. */
  readonly tags: readonly Tag[]
  /** How many referrers there are of each artifact type, up to `mostReferrers` in all. */
  readonly referrers: Readonly<Record<string, number>>
}

export interface RepositoryFacts {
  readonly createdAt: number
  readonly tagCount: number
  readonly manifestCount: number
}

export interface LayerFacts {
  readonly size: number
  readonly createdAt: number
  /** Repositories that have a right to it. */
  readonly repositories: number
  /** Manifests that name it. */
  readonly manifests: number
}

export interface LayerUserQuery {
  readonly visible?: Visibility | undefined
  readonly after?: number | undefined
  readonly limit: number
}

export interface LayerUser {
  readonly repository: RepositoryName
  readonly digest: Digest
  /** Of the manifest itself and of the indexes that list it, at most `mostNamed`. */
  readonly tags: readonly Tag[]
}
