import type { Actor } from '../../../src/oci/actor.ts'
import type { Digest } from '../../../src/oci/digest.ts'
import type { RepositoryName } from '../../../src/oci/name.ts'
import type { Tag } from '../../../src/oci/reference.ts'
import type { TagAction } from '../../../src/policies/immutability.ts'
import type { TimedTag, UntaggedManifest } from '../../../src/policies/retention/model.ts'
import type { Policies, PolicyKind } from '../../../src/policies/rules.ts'
import type { Page } from '../store.ts'

/** What a rule forbade; nothing was changed. */
export type Refusal = TagRefusal | QuotaRefusal | OverwriteRefusal

/** Whoever asked may make tags, and point none elsewhere. */
export interface OverwriteRefusal {
  readonly reason: 'overwrite'
  readonly tag: Tag
  /** What the tag points at. */
  readonly digest: Digest
}

export interface TagRefusal {
  readonly reason: 'immutable'
  readonly action: TagAction
  /** The name of the rule. */
  readonly rule: string
  readonly tag: Tag
  /** What the tag points at. */
  readonly digest: Digest
}

/** Bytes each. */
export interface QuotaRefusal extends Omit<QuotaUse, 'used'> {
  readonly reason: 'quota'
  readonly used: number
  /** What the push would have added; 0 if nothing is known of it yet. */
  readonly added: number
}

export interface Refused {
  readonly refused: Refusal
}

/** What was done, or what refused it; which of both is told by `refused`. */
export type OrRefused<Done> =
  | (Done & { readonly refused?: undefined })
  | (Refused & { readonly [Name in keyof Done]?: undefined })

/** The rules of one kind, as they were put last. */
export interface PolicyDocument<Kind extends PolicyKind> {
  readonly rules: Policies[Kind]
  /** Counts the puts, from 1. */
  readonly version: number
  readonly changedAt: number
  readonly actor: Actor
}

/** How much of a quota is used. */
export interface QuotaUse {
  /** The name of the rule. */
  readonly rule: string
  /** Bytes. */
  readonly limit: number
  /**
   * Bytes of the distinct blobs and of the manifests that can be pulled from the repositories of the
   * rule. Never too little; too much where something was deleted since it was measured. `undefined`
   * if it was not measured since the rules were put.
   */
  readonly used: number | undefined
}

export interface UntaggedPage {
  readonly items: readonly UntaggedManifest[]
  /** What the next page begins after; `undefined` if this was the last. */
  readonly next: Digest | undefined
}

/**
 * Rules about many repositories, and what they need to know. Immutability and quotas are held in the
 * transactions of manifests and tags, by the rules as they are then.
 */
export interface PolicyTable {
  /** `undefined` if there were never rules of that kind. */
  get<Kind extends PolicyKind>(kind: Kind): Promise<PolicyDocument<Kind> | undefined>
  /**
   * Replaces the rules of a kind, which hold for all that is done from then on. Gives the new version;
   * `undefined`, and no change, if the present one is not `expected` (0: there is none).
   */
  put<Kind extends PolicyKind>(
    kind: Kind,
    rules: Policies[Kind],
    expected: number,
    actor: Actor,
  ): Promise<number | undefined>
  /** The quotas that a repository falls under, in the order of the rules. */
  quotas(repository: RepositoryName): Promise<readonly QuotaUse[]>
  /** All quotas, in the order of the rules. */
  allQuotas(): Promise<readonly QuotaUse[]>
  /** Measures what is used of a quota; `undefined` if there is no such rule. */
  measure(rule: string): Promise<QuotaUse | undefined>
  /** Whether an image that counts for a quota has the blob, so that using it again adds nothing. */
  holds(rule: string, blob: Digest): Promise<boolean>
  /** Tags in byte order, without times of pulls. */
  tags(repository: RepositoryName, page: Page): Promise<readonly TimedTag[]>
  /**
   * Manifests that no tag, no index and no subject holds, in byte order of digests. Looks at `limit`
   * manifests at most: a page may be empty and not the last.
   */
  untagged(
    repository: RepositoryName,
    page: { readonly after?: Digest | undefined; readonly limit: number },
  ): Promise<UntaggedPage>
  /** Whether a manifest would be in such a page. */
  isUntagged(repository: RepositoryName, digest: Digest): Promise<boolean>
}
