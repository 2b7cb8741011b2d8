import type { Tag } from '../../oci/reference.ts'
import { rulesFor } from '../patterns.ts'
import type { RetentionRule } from '../rules.ts'
import { companionsOf } from './companions.ts'
import type {
  RetentionCase,
  RetentionVerdicts,
  TimedTag,
  UntaggedManifest,
  Verdict,
} from './model.ts'
import { createTagRules, type TagRules } from './tag-rules.ts'

function inOrder<Item>(items: readonly Item[], key: (item: Item) => string): readonly Item[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : Number(key(a) > key(b))))
}

/**
 * Decides what goes. A tag goes if a rule drops it and none keeps it; what no rule covers stays.
 * Each tag is decided on its own, whatever other tags point at the same manifest. What is known is
 * given: nothing is read, and the same input gives the same verdicts, in whatever order it comes.
 */
export function evaluateRetention(given: RetentionCase): RetentionVerdicts {
  const rules = rulesFor(given.rules, given.repository)
  const companions = companionsOf(given.tags)
  const tagRules = createTagRules({ ...given, rules }, companions)
  const ordinary = given.tags.filter(({ tag }) => !companions.has(tag))
  const verdicts = new Map(ordinary.map((tag) => [tag.tag, tagRules.decide(tag)]))
  const decide = (tag: TimedTag): Verdict =>
    verdicts.get(tag.tag) ?? decideCompanion(tag, companions.get(tag.tag) ?? [], verdicts, tagRules)
  return {
    tags: inOrder(given.tags, ({ tag }) => tag).map((tag) => ({ ...tag, ...decide(tag) })),
    untagged: inOrder(given.untagged, ({ digest }) => digest).map((manifest) => ({
      ...manifest,
      ...decideUntagged(manifest, rules, given.now),
    })),
  }
}

/** A companion stays as long as one of the tags it describes, and goes with the last of them. */
function decideCompanion(
  tag: TimedTag,
  described: readonly Tag[],
  verdicts: ReadonlyMap<Tag, Verdict>,
  tagRules: TagRules,
): Verdict {
  const held = tagRules.hold(tag)
  if (held) return held
  const kept = described.find((name) => verdicts.get(name)?.keep !== false)
  const [first] = described
  if (first === undefined) {
    return { keep: true, why: 'it describes an image that no tag points at; no rule decides that' }
  }
  const { rule } = verdicts.get(kept ?? first) ?? {}
  const why =
    kept === undefined ? `it describes ${first}, which goes` : `it describes ${kept}, which stays`
  return { keep: kept !== undefined, ...(rule === undefined ? {} : { rule }), why }
}

function decideUntagged(
  { since }: UntaggedManifest,
  rules: readonly RetentionRule[],
  now: number,
): Verdict {
  const about = rules.filter(({ dropUntaggedAfter }) => dropUntaggedAfter !== undefined)
  const dropping = about.find(({ dropUntaggedAfter = 0 }) => now - since > dropUntaggedAfter)
  if (dropping) {
    return {
      keep: false,
      rule: dropping.name,
      why: 'it has had no tag for longer than the rule allows',
    }
  }
  const [first] = about
  if (first === undefined) return { keep: true, why: 'no rule drops untagged manifests here' }
  return {
    keep: true,
    rule: first.name,
    why: 'it has had no tag for less time than the rule allows',
  }
}
