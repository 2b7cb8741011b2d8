import t from 'tap'
import { matchRepositories, matchTags } from '../../../src/policies/patterns.ts'
import { evaluateRetention } from '../../../src/policies/retention/evaluate.ts'
import type { RetentionCase, TimedTag } from '../../../src/policies/retention/model.ts'
import type { ImmutabilityRule, KeepClauses, RetentionRule } from '../../../src/policies/rules.ts'
import { createDice, type Dice } from '../../e2e/history/dice.ts'
import { type Ages, caseOf, day, now, protect, rule, timedTag } from './retention-cases.ts'

const names = ['v1', 'v2', 'v10', 'pr-1', 'pr-2', 'pr-30', 'latest', 'nightly', 'a', 'b']
const patterns = ['*', 'v*', 'pr-?', 'latest', '*1', 'none*']
const repositories = ['**', 'team/*', 'team/app', 'other/**']

/** Sometimes a value. */
function maybe<Value>(dice: Dice, name: string, value: () => Value): Record<string, Value> {
  return dice.hits(2) ? { [name]: value() } : {}
}

function randomRule(dice: Dice, index: number): RetentionRule {
  const window = () => (1 + dice.roll(20)) * day
  const keep: KeepClauses = {
    ...maybe(dice, 'last', () => 1 + dice.roll(4)),
    ...maybe(dice, 'pushedWithin', window),
    ...maybe(dice, 'pulledWithin', window),
    ...maybe(dice, 'matching', () => [dice.pick(patterns)]),
  }
  return rule(`rule ${index}`, {
    repositories: [dice.pick(repositories)],
    tags: [dice.pick(patterns), dice.pick(patterns)],
    ...(Object.keys(keep).length > 0 ? { keep } : {}),
    ...maybe(dice, 'dropOlderThan', window),
    ...maybe(dice, 'dropUntaggedAfter', window),
  })
}

function randomTag(dice: Dice, name: string): TimedTag {
  const ages: Ages = dice.hits(2) ? [dice.roll(25)] : [dice.roll(25), dice.roll(25)]
  return timedTag(name, ages, `${dice.roll(5)}`)
}

function randomCase(dice: Dice): RetentionCase {
  const rules = Array.from({ length: dice.roll(4) }, (_, index) => randomRule(dice, index))
  const tags = names.filter(() => !dice.hits(4)).map((name) => randomTag(dice, name))
  const immutability: readonly ImmutabilityRule[] = dice.hits(4)
    ? [protect({ tags: [dice.pick(patterns)], delete: dice.hits(2) })]
    : []
  const pullsSince = dice.hits(3) ? now - dice.roll(25) * day : 0
  return caseOf(rules, dice.shuffle(tags), { immutability, pullsSince })
}

/** Whether a clause of a rule keeps a tag that the rule covers: each written out for itself. */
function holds(
  keep: KeepClauses,
  tag: TimedTag,
  covered: readonly TimedTag[],
  given: RetentionCase,
) {
  const { last = 0, pushedWithin = -1, pulledWithin = -1, matching = [] } = keep
  const newer = covered.filter(
    (other) =>
      other.pushedAt > tag.pushedAt || (other.pushedAt === tag.pushedAt && other.tag < tag.tag),
  )
  const used = Math.max(tag.pulledAt ?? 0, tag.pushedAt, given.pullsSince ?? now)
  return (
    newer.length < last ||
    now - tag.pushedAt <= pushedWithin ||
    now - used <= pulledWithin ||
    matchTags(matching)(tag.tag)
  )
}

/** The promise in its own words, for one tag. */
function shouldKeep(given: RetentionCase, tag: TimedTag): boolean {
  const covering = given.rules.filter(
    (each) =>
      matchRepositories(each.repositories)(given.repository) && matchTags(each.tags)(tag.tag),
  )
  const isProtected = given.immutability.some(
    (each) => !each.delete && matchTags(each.tags)(tag.tag),
  )
  const isHeld = covering.some(({ keep, tags }) => {
    const covered = given.tags.filter((other) => matchTags(tags)(other.tag))
    return keep !== undefined && holds(keep, tag, covered, given)
  })
  const isDropped = covering.some(({ keep, dropOlderThan }) =>
    dropOlderThan === undefined ? keep !== undefined : now - tag.pushedAt > dropOlderThan,
  )
  return isProtected || isHeld || !isDropped
}

t.test('a tag goes if a rule drops it and no clause holds it, in thousands of cases', async (t) => {
  const dice = createDice(5)
  const given = Array.from({ length: 3000 }, () => randomCase(dice))
  const verdicts = given.flatMap((each) =>
    evaluateRetention(each).tags.map((verdict) => ({ verdict, given: each })),
  )
  const wrong = verdicts.filter(
    ({ verdict, given: each }) => verdict.keep !== shouldKeep(each, verdict),
  )
  t.strictSame(wrong.slice(0, 3), [])
  const dropped = verdicts.filter(({ verdict }) => !verdict.keep)
  t.ok(dropped.every(({ verdict }) => verdict.rule !== undefined))
  t.ok(dropped.length > 2000 && verdicts.length - dropped.length > 5000, 'both are tried often')
})

t.test('the order tags come in changes nothing', async (t) => {
  const dice = createDice(6)
  for (let n = 0; n < 300; n++) {
    const given = randomCase(dice)
    const shuffled = { ...given, tags: dice.shuffle(given.tags) }
    t.strictSame(evaluateRetention(shuffled), evaluateRetention(given))
  }
})

t.test('the order rules come in changes no decision', async (t) => {
  const dice = createDice(7)
  const decisions = (given: RetentionCase) =>
    evaluateRetention(given).tags.map(({ tag, keep }) => `${tag} ${keep}`)
  for (let n = 0; n < 300; n++) {
    const given = randomCase(dice)
    t.strictSame(decisions({ ...given, rules: dice.shuffle(given.rules) }), decisions(given))
  }
})
