import type { Actor } from '../../../src/oci/actor.ts'
import type { Digest } from '../../../src/oci/digest.ts'
import type { RepositoryName } from '../../../src/oci/name.ts'
import type { Tag } from '../../../src/oci/reference.ts'

import type { OrRefused } from '../policies/store.ts'

/** What somebody wants to be gone from a repository. */
export interface DeletionRequest {
  readonly tags: readonly Tag[]
  readonly digests: readonly Digest[]
}

/** Who still needs a manifest. */
export type Holder =
  | { readonly kind: 'tag'; readonly tag: Tag }
  | { readonly kind: 'index'; readonly digest: Digest }
  | { readonly kind: 'subject'; readonly digest: Digest }

export interface DoomedManifest {
  readonly digest: Digest
  readonly mediaType: string
  /** Bytes of the manifest itself. */
  readonly size: number
  /** Why it goes. */
  readonly because: 'asked for' | 'untagged' | 'only part of it' | 'refers to it'
  /** The tags that go with it. */
  readonly tags: readonly Tag[]
}

export interface KeptManifest {
  readonly digest: Digest
  /** Some of those that hold it. */
  readonly heldBy: readonly Holder[]
}

/** Another image that a blob stays for. */
export interface BlobHolder {
  readonly repository: RepositoryName
  readonly digest: Digest
  /** Of the tags that point at it, some. */
  readonly tags: readonly Tag[]
}

/** What a deletion does. Bytes are those of blobs, each once. */
export interface DeletionPlan {
  /** Tags that go, of those that were named. */
  readonly tags: readonly { readonly tag: Tag; readonly digest: Digest }[]
  readonly manifests: readonly DoomedManifest[]
  /** Named, or part of what goes, and still needed. */
  readonly kept: readonly KeptManifest[]
  /** Named and not there. */
  readonly unknown: DeletionRequest
  /** Blobs that nothing else holds. */
  readonly freed: { readonly blobs: number; readonly bytes: number }
  /** Blobs of what goes that something else holds, and a few examples of that. */
  readonly shared: {
    readonly blobs: number
    readonly bytes: number
    readonly heldBy: readonly BlobHolder[]
  }
  /** When what is freed can be collected at the earliest, if it can be undone and if not. */
  readonly collectable: { readonly undoable: number; readonly purged: number }
  /** Changes when anything about this plan changes. */
  readonly version: string
}

export interface DeletionOptions {
  readonly by: Actor
  /** No undo: the space comes back after the grace alone. */
  readonly purge: boolean
  /** The version of the plan that was agreed to: another one is not carried out. */
  readonly version?: string | undefined
  /** Tags go only if they point at these. */
  readonly expected?: ReadonlyMap<Tag, Digest>
  /** Manifests named by digest go only if no tag points at them. */
  readonly untaggedOnly?: boolean
}

/** A deletion that was done. */
export interface Deletion {
  readonly id: number
  readonly repository: RepositoryName
  readonly at: number
  readonly by: Actor
  /** Absent if it can't be undone. */
  readonly undoUntil?: number
  readonly undoneAt?: number
}

export interface Undone {
  readonly manifests: number
  readonly tags: readonly Tag[]
  /** Tags that point elsewhere by now and were left alone. */
  readonly taken: readonly Tag[]
}

/**
 * Deletions. What goes with a tag is what nothing else holds then: its manifest, the children of that
 * if it is an index, and what refers to any of these. What goes is out of sight at once, and kept for
 * as long as the deletion can be undone.
 */
export interface DeletionTable {
  /** Writes nothing; `undefined` for a repository nothing was ever pushed to. */
  plan(repository: RepositoryName, request: DeletionRequest): Promise<DeletionPlan | undefined>
  /**
   * Does what `plan` says at that moment, and tells it; `deletion` is absent if that was nothing, or
   * if the plan is another one than was agreed to.
   * All of it is refused if a rule protects one of the tags.
   */
  perform(
    repository: RepositoryName,
    request: DeletionRequest,
    options: DeletionOptions,
  ): Promise<OrRefused<{ readonly plan: DeletionPlan; readonly deletion?: Deletion }> | undefined>
  /**
   * Deletes up to `limit` manifests and all tags of a repository, whatever holds them, as a part of
   * `deletion`, or of a new one. `done` when nothing is left there. `undefined` for one
   * without any manifest. A new one is refused if a rule protects any of the tags.
   */
  performAll(
    repository: RepositoryName,
    limit: number,
    options: DeletionOptions & { readonly deletion?: number | undefined },
  ): Promise<OrRefused<{ readonly deletion: Deletion; readonly done: boolean }> | undefined>
  find(id: number): Promise<Deletion | undefined>
  /**
   * Gives up the undo, so that the space comes back after the grace. `undefined` if there is no such
   * deletion, or it was undone.
   */
  purge(id: number, by?: Actor): Promise<Deletion | undefined>
  /** Brings all of it back; `undefined` if there is no such deletion, or it is too late. */
  undo(id: number, by: Actor): Promise<Undone | undefined>
}
