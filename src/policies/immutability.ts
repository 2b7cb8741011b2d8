import { matchRepositories, matchTags } from './patterns.ts'
import type { ImmutabilityRule } from './rules.ts'

/** What is to be done with a tag. */
export type TagAction = 'overwrite' | 'delete'

/**
 * Finds, for tags of one repository, the first rule that forbids an action. Every rule and every
 * pattern of it counts: no rule takes back what another one forbids.
 */
export function findProtection(
  rules: readonly ImmutabilityRule[],
  repository: string,
  action: TagAction,
): (tag: string) => ImmutabilityRule | undefined {
  const about = rules
    .filter((rule) => !rule[action] && matchRepositories(rule.repositories)(repository))
    .map((rule) => ({ rule, covers: matchTags(rule.tags) }))
  return (tag) => about.find(({ covers }) => covers(tag))?.rule
}
