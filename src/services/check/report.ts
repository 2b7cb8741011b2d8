import type { Damage, StorageKey } from '../../../storage/blobs/store.ts'
import type { Digest } from '../../oci/digest.ts'
import type { RepositoryName } from '../../oci/name.ts'

/**
 * What is wrong with something:
 * - a damage: as the stores name it;
 * - `orphaned`: an object that no row names;
 * - `marked`: marked as damaged, and yet sound;
 * - `unlinked`: a manifest names content that the metadata does not keep for it;
 * - `inconsistent`: the metadata contradicts itself.
 */
export type Problem = Damage | 'orphaned' | 'marked' | 'unlinked' | 'inconsistent'

export interface Finding {
  readonly what: 'blob' | 'manifest' | 'object' | 'metadata'
  readonly problem: Problem
  readonly digest?: Digest
  readonly repository?: RepositoryName
  readonly key?: StorageKey
  /** Bytes. */
  readonly size?: number
  readonly detail?: string
  /** What was done about it. */
  readonly repair?: 'put aside' | 'marked' | 'unmarked' | 'recounted'
}

/** What was looked at. */
export interface CheckCounts {
  blobs: number
  /** Of blobs, read and hashed. */
  bytes: number
  manifests: number
  /** Objects in the blob store. */
  objects: number
}

/** The machine-readable result of a check. Times are ISO 8601. */
export interface CheckReport {
  readonly format: 1
  readonly startedAt: string
  readonly finishedAt: string
  readonly repaired: boolean
  readonly counts: Readonly<CheckCounts>
  readonly findings: readonly Finding[]
}
