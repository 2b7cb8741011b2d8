import { formatDuration } from '../../../config/units.ts'
import type { Tag } from '../../oci/reference.ts'
import { findProtection } from '../immutability.ts'
import { findTagPattern, matchTags } from '../patterns.ts'
import type { RetentionRule } from '../rules.ts'
import type { Companions } from './companions.ts'
import type { RetentionCase, TimedTag, Verdict } from './model.ts'

/** The rules about one repository, ready to decide about its tags. */
export interface TagRules {
  decide(tag: TimedTag): Verdict
  /** The verdict of what keeps the tag, if anything does. */
  hold(tag: TimedTag): Verdict | undefined
}

/** What a rule has to say about a tag; a sentence, or nothing. */
type Reason = (tag: TimedTag) => string | undefined

interface ReadyRule {
  readonly name: string
  covers(tag: Tag): boolean
  /** In the order clauses are documented in. */
  readonly keeps: readonly Reason[]
  /** Why a tag that nothing keeps goes. */
  readonly drops: Reason
}

/** Those pushed last; of those pushed at the same time the first in byte order. */
function pushedLast(tags: readonly TimedTag[], count: number): ReadonlySet<Tag> {
  const newestFirst = [...tags].sort(
    (a, b) => b.pushedAt - a.pushedAt || (a.tag < b.tag ? -1 : Number(a.tag > b.tag)),
  )
  return new Set(newestFirst.slice(0, count).map(({ tag }) => tag))
}

function keepLast(count: number, covered: readonly TimedTag[]): Reason {
  const last = pushedLast(covered, count)
  const why = count === 1 ? 'it was pushed last' : `it is one of the ${count} pushed last`
  return ({ tag }) => (last.has(tag) ? why : undefined)
}

function keepPushed(window: number, now: number): Reason {
  return ({ pushedAt }) =>
    now - pushedAt <= window ? `it was pushed within ${formatDuration(window)}` : undefined
}

/** A tag counts as pulled when it was pushed, and when nobody wrote down that it was not. */
function keepPulled(window: number, { now, pullsSince }: RetentionCase): Reason {
  const text = formatDuration(window)
  const isYoung = pullsSince === undefined || now - pullsSince <= window
  return ({ pushedAt, pulledAt }) => {
    if (pulledAt !== undefined && now - pulledAt <= window) return `it was pulled within ${text}`
    if (now - pushedAt <= window) return `it was pushed within ${text}, which counts as a pull`
    return isYoung ? `pulls have not been counted for ${text} yet` : undefined
  }
}

function keepMatching(patterns: readonly string[]): Reason {
  return ({ tag }) => {
    const found = findTagPattern(patterns, tag)
    return found === undefined ? undefined : `its name matches ${found}`
  }
}

function keepsOf(
  { keep = {} }: RetentionRule,
  covered: readonly TimedTag[],
  given: RetentionCase,
): readonly Reason[] {
  const { last, pushedWithin, pulledWithin, matching } = keep
  return [
    ...(last === undefined ? [] : [keepLast(last, covered)]),
    ...(pushedWithin === undefined ? [] : [keepPushed(pushedWithin, given.now)]),
    ...(pulledWithin === undefined ? [] : [keepPulled(pulledWithin, given)]),
    ...(matching === undefined ? [] : [keepMatching(matching)]),
  ]
}

function dropsOf({ keep, dropOlderThan }: RetentionRule, now: number): Reason {
  const nothing = keep === undefined ? '' : 'nothing keeps it'
  if (dropOlderThan === undefined) return () => nothing
  const old = `it was pushed more than ${formatDuration(dropOlderThan)} ago`
  const both = nothing === '' ? old : `${old} and ${nothing}`
  return ({ pushedAt }) => (now - pushedAt > dropOlderThan ? both : undefined)
}

function makeReady(rule: RetentionRule, given: RetentionCase, companions: Companions): ReadyRule {
  const covers = matchTags(rule.tags)
  const covered = given.tags.filter(({ tag }) => covers(tag) && !companions.has(tag))
  return {
    name: rule.name,
    covers,
    keeps: keepsOf(rule, covered, given),
    drops: dropsOf(rule, given.now),
  }
}

function isAboutTags({ keep, dropOlderThan }: RetentionRule): boolean {
  return keep !== undefined || dropOlderThan !== undefined
}

/** @param given its rules are those about the repository. */
export function createTagRules(given: RetentionCase, companions: Companions): TagRules {
  const rules = given.rules.filter(isAboutTags).map((rule) => makeReady(rule, given, companions))
  const protection = findProtection(given.immutability, given.repository, 'delete')

  function find(
    covering: readonly ReadyRule[],
    reasonOf: (rule: ReadyRule) => string | undefined,
    keep: boolean,
  ): Verdict | undefined {
    for (const rule of covering) {
      const why = reasonOf(rule)
      if (why !== undefined) return { keep, rule: rule.name, why }
    }
    return undefined
  }

  function holdAmong(tag: TimedTag, covering: readonly ReadyRule[]): Verdict | undefined {
    const rule = protection(tag.tag)
    if (rule) return { keep: true, rule: rule.name, why: 'it is immutable and may not be deleted' }
    const firstReason = ({ keeps }: ReadyRule) =>
      keeps.map((reason) => reason(tag)).find((why) => why !== undefined)
    return find(covering, firstReason, true)
  }

  const coveringOf = ({ tag }: TimedTag) => rules.filter(({ covers }) => covers(tag))

  return {
    hold: (tag) => holdAmong(tag, coveringOf(tag)),
    decide(tag) {
      const covering = coveringOf(tag)
      const decided = holdAmong(tag, covering) ?? find(covering, ({ drops }) => drops(tag), false)
      if (decided) return decided
      const [first] = covering
      if (first === undefined) return { keep: true, why: 'no rule covers it' }
      return { keep: true, rule: first.name, why: 'it is not old enough to be dropped' }
    },
  }
}
