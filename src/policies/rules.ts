/**
 * Rules about many repositories, as they are stored: checked, durations in milliseconds, sizes in
 * bytes. How people write them is in `schemas.ts`.
 */

/** Which tags go. One that is covered (its name matches `tags`) goes unless a rule keeps it. */
export interface RetentionRule {
  readonly name: string
  /** Patterns, see `matchRepositories`. */
  readonly repositories: readonly string[]
  /** Patterns, see `matchTags`. */
  readonly tags: readonly string[]
  readonly keep?: KeepClauses
  /** Drops manifests that have had no tag for this long. */
  readonly dropUntaggedAfter?: number
  /** Drops only what was pushed longer ago than this. */
  readonly dropOlderThan?: number
}

/** Each keeps on its own. */
export interface KeepClauses {
  /** The so many covered tags of a repository that were pushed last. */
  readonly last?: number
  readonly pushedWithin?: number
  readonly pulledWithin?: number
  /** Patterns, see `matchTags`. */
  readonly matching?: readonly string[]
}

/** What may not be done with tags. All rules that match hold together. */
export interface ImmutabilityRule {
  readonly name: string
  readonly repositories: readonly string[]
  readonly tags: readonly string[]
  /** Whether the tag may be pointed at something else. */
  readonly overwrite: boolean
  /** Whether the tag may be deleted. */
  readonly delete: boolean
}

/** How much the images of all repositories that match may take together. */
export interface QuotaRule {
  readonly name: string
  readonly repositories: readonly string[]
  readonly bytes: number
}

/** The rules of each kind, in the order they were written. */
export interface Policies {
  readonly retention: readonly RetentionRule[]
  readonly immutability: readonly ImmutabilityRule[]
  readonly quota: readonly QuotaRule[]
}

export type PolicyKind = keyof Policies

export const policyKinds: readonly PolicyKind[] = ['retention', 'immutability', 'quota']
