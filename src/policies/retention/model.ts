import type { Digest } from '../../oci/digest.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { Tag } from '../../oci/reference.ts'
import type { ImmutabilityRule, RetentionRule } from '../rules.ts'

/** A tag with its times, milliseconds since 1970. */
export interface TimedTag {
  readonly tag: Tag
  readonly digest: Digest
  /** Since when it points where it points. */
  readonly pushedAt: number
  /** `undefined` if no pull is known. */
  readonly pulledAt?: number | undefined
}

/** A manifest that no tag, no index and no subject holds. */
export interface UntaggedManifest {
  readonly digest: Digest
  /** Since when, milliseconds since 1970. */
  readonly since: number
}

/** One repository, and the rules that may be about it. */
export interface RetentionCase {
  readonly repository: RepositoryName
  readonly rules: readonly RetentionRule[]
  /** Tags that these rules protect from being deleted are kept. */
  readonly immutability: readonly ImmutabilityRule[]
  /** All there are, in any order. */
  readonly tags: readonly TimedTag[]
  /** Any of them. */
  readonly untagged: readonly UntaggedManifest[]
  /** Milliseconds since 1970. */
  readonly now: number
  /**
   * Since when pulls are written down: a tag may have been pulled at any time before. `undefined`
   * if they are not.
   */
  readonly pullsSince: number | undefined
}

/** What becomes of a tag or a manifest. */
export interface Verdict {
  readonly keep: boolean
  /** The name of the rule that keeps or drops it; `undefined` where none decides. */
  readonly rule?: string
  /** A sentence for people, without the rule's name. */
  readonly why: string
}

export interface TagVerdict extends TimedTag, Verdict {}

export interface ManifestVerdict extends UntaggedManifest, Verdict {}

export interface RetentionVerdicts {
  /** One a tag, in byte order of tags. */
  readonly tags: readonly TagVerdict[]
  /** One a manifest, in byte order of digests. */
  readonly untagged: readonly ManifestVerdict[]
}
