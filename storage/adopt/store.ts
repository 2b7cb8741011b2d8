import type { Digest } from '../../src/oci/digest.ts'
import type { RepositoryName } from '../../src/oci/name.ts'
import type { Tag } from '../../src/oci/reference.ts'
import type { Damage, StorageKey, UploadId } from '../blobs/store.ts'

/** Says that a repository of another registry has some content. */
export interface ForeignLink {
  /** As the repository names it, and as clients ask for it. */
  readonly digest: Digest
  /** Whose bytes these are: content that was pushed by its sha512 lies under its sha256. */
  readonly target: Digest
}

export interface ForeignTag {
  readonly tag: Tag
  readonly digest: Digest
  /** Since when it points there, milliseconds since 1970. */
  readonly since: number
}

export interface ForeignRepository {
  readonly name: RepositoryName
  readonly layers: readonly ForeignLink[]
  readonly manifests: readonly ForeignLink[]
  readonly tags: readonly ForeignTag[]
}

/** A place in the other registry's directory that does not say what it should. */
export interface ForeignProblem {
  /**
   * - `empty link`: a file of no bytes, or of zeros, as a crash leaves it;
   * - `broken link`: it holds no digest, or another than its path says;
   * - `bad name`: no name of a repository, a tag or a digest that is possible here;
   * - `symbolic link`: what it leads to is not looked at;
   * - `stray`: something else that does not belong there.
   */
  readonly problem: 'empty link' | 'broken link' | 'bad name' | 'symbolic link' | 'stray'
  /** Below the directory. */
  readonly path: string
  readonly repository?: RepositoryName
  readonly tag?: Tag
  /** What the path names; with `empty link`, the link was read from it and nothing is lost. */
  readonly digest?: Digest
}

export interface ForeignBlob {
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
}

/** The directory of another registry, as it lies. Nothing here changes it, but for `remove…`. */
export interface ForeignRegistry {
  /** Where its `repositories` and `blobs` are. */
  readonly directory: string

  /** All repositories in byte order of their paths; what can't be read is told and passed over. */
  repositories(onProblem: (problem: ForeignProblem) => void): AsyncIterable<ForeignRepository>

  /** The blobs that lie there, linked or not, a directory of them at a time. */
  blobs(onProblem: (problem: ForeignProblem) => void): AsyncIterable<readonly ForeignBlob[]>

  /** The bytes of a small blob, not verified; `undefined` if it is not there. */
  read(digest: Digest, maxSize: number): Promise<Buffer | 'too large' | 'unreadable' | undefined>

  /** Removes a blob, without syncing anything; no error if it is not there. */
  removeBlob(digest: Digest): Promise<void>
  removeLayer(repository: RepositoryName, digest: Digest): Promise<void>
  removeManifest(repository: RepositoryName, digest: Digest): Promise<void>
  removeTag(repository: RepositoryName, tag: Tag): Promise<void>
  /** Removes directories that hold no file. */
  prune(): Promise<void>
}

/** A name to bring content under; the upload has a row, so that a crash leaves nothing unknown. */
export interface WantedObject {
  readonly upload: UploadId
  readonly digest: Digest
}

export type PlacedObject =
  | { readonly upload: UploadId; readonly key: StorageKey; readonly size: number }
  | { readonly upload: UploadId; readonly damage: Damage }

/** Brings content of another registry among our objects. */
export interface Placing {
  /**
   * Reads the blob `target` once, and makes an object of each digest that its bytes have. They are
   * durable after `settle`. Rejects if the file system does not do it, with words on what would help.
   */
  place(target: Digest, wanted: readonly WantedObject[]): Promise<readonly PlacedObject[]>
  settle(): Promise<void>
}
