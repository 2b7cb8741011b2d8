import { rulesFor } from '../patterns.ts'
import type { RetentionRule } from '../rules.ts'
import { companionsOf } from './companions.ts'
import type {
  ManifestVerdict,
  RetentionCase,
  RetentionVerdicts,
  TagVerdict,
  TimedTag,
  UntaggedManifest,
  Verdict,
} from './model.ts'
import { createTagRules, type TagRules } from './tag-rules.ts'

function inOrder<Item>(items: readonly Item[], key: (item: Item) => string): readonly Item[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : Number(key(a) > key(b))))
}

/** The verdicts of one repository, to be taken one by one. */
export interface Decisions {
  /** In byte order. */
  readonly tags: readonly TimedTag[]
  decide(tag: TimedTag): TagVerdict
  /** In byte order of digests. */
  untagged(): readonly ManifestVerdict[]
}

/**
 * Makes ready to decide what goes. A tag goes if a rule drops it and none keeps it; what no rule
 * covers stays. Each tag is decided on its own, whatever other tags point at the same manifest. What
 * is known is given: nothing is read, and the same input gives the same verdicts, in whatever order
 * it comes.
 */
export function prepareRetention(given: RetentionCase): Decisions {
  const rules = rulesFor(given.rules, given.repository)
  const companions = companionsOf(given.tags)
  const tagRules = createTagRules({ ...given, rules }, companions)
  const decide = (tag: TimedTag): Verdict => {
    const described = companions.get(tag.tag)
    return described ? decideCompanion(tag, described, tagRules) : tagRules.decide(tag)
  }
  return {
    tags: inOrder(given.tags, ({ tag }) => tag),
    decide: (tag) => ({ ...tag, ...decide(tag) }),
    untagged: () =>
      inOrder(given.untagged, ({ digest }) => digest).map((manifest) => ({
        ...manifest,
        ...decideUntagged(manifest, rules, given.now),
      })),
  }
}

/** All verdicts of {@link prepareRetention} at once. */
export function evaluateRetention(given: RetentionCase): RetentionVerdicts {
  const { tags, decide, untagged } = prepareRetention(given)
  return { tags: tags.map(decide), untagged: untagged() }
}

/** A companion stays as long as one of the tags it describes, and goes with the last of them. */
function decideCompanion(
  tag: TimedTag,
  described: readonly TimedTag[],
  tagRules: TagRules,
): Verdict {
  const held = tagRules.hold(tag)
  if (held) return held
  const [first] = described
  if (first === undefined) {
    return { keep: true, why: 'it describes an image that no tag points at; no rule decides that' }
  }
  const staying = described.find((each) => tagRules.decide(each).keep)
  const { keep, rule } = tagRules.decide(staying ?? first)
  const name = (staying ?? first).tag
  const why = `it describes ${name}, which ${keep ? 'stays' : 'goes'}`
  return { keep, ...(rule === undefined ? {} : { rule }), why }
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
