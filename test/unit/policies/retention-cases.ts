import { digestOf } from '../../../src/oci/digest.ts'
import { parseRepositoryName } from '../../../src/oci/name.ts'
import { parseTag } from '../../../src/oci/reference.ts'
import type { RetentionCase, TimedTag } from '../../../src/policies/retention/model.ts'
import type { ImmutabilityRule, RetentionRule } from '../../../src/policies/rules.ts'

export const day = 86_400_000
export const now = 1_800_000_000_000

/** A rule about everything. */
export function rule(name: string, rest: Partial<RetentionRule>): RetentionRule {
  return { name, repositories: ['**'], tags: ['*'], ...rest }
}

export function protect(rest: Partial<ImmutabilityRule> = {}): ImmutabilityRule {
  const all = { name: 'immutable', repositories: ['**'], tags: ['*'] }
  return { ...all, overwrite: false, delete: false, ...rest }
}

/** Days since the push, and since the last pull. */
export type Ages = readonly [pushed: number, pulled?: number]

export function timedTag(name: string, [pushed, pulled]: Ages, content = name): TimedTag {
  return {
    tag: parseTag(name),
    digest: digestOf(Buffer.from(content)),
    pushedAt: now - pushed * day,
    ...(pulled === undefined ? {} : { pulledAt: now - pulled * day }),
  }
}

export function caseOf(
  rules: readonly RetentionRule[],
  tags: readonly TimedTag[],
  rest: Partial<RetentionCase> = {},
): RetentionCase {
  const repository = parseRepositoryName('team/app')
  return { repository, rules, immutability: [], tags, untagged: [], now, pullsSince: 0, ...rest }
}
