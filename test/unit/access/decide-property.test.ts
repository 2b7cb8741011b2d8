import t from 'tap'
import { type Action, actions } from '../../../src/access/actions.ts'
import type { AccessBook, Grant } from '../../../src/access/book.ts'
import { createRights } from '../../../src/access/decide.ts'
import type { GivenByConfiguration } from '../../../src/access/given.ts'
import type { Account, Identity, Scope } from '../../../src/access/identity.ts'
import { bySpecificity } from '../../../src/access/rank.ts'
import type { Visibility } from '../../../src/access/rights.ts'
import { coversRepositories, matchRepositories } from '../../../src/policies/patterns.ts'
import { account, book, grant } from './book.ts'

/** The same numbers each time (mulberry32). */
function dice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const roll = dice(20_261_122)
const pick = <Item>(items: readonly Item[]): Item => items[roll(items.length)] as Item
const some = <Item>(items: readonly Item[]) => items.filter(() => roll(3) === 0)
const list = <Item>(most: number, make: () => Item) => Array.from({ length: roll(most + 1) }, make)

const words = ['a', 'b', 'ab', 'al', 'al-b', 'bo']
const parts = [...words, '*', 'a*', '*b', 'a*b', '**', '**']
const joined = (from: readonly string[]) => [pick(from), ...list(2, () => pick(from))].join('/')
const pattern = () => joined(parts)
const scope = (): Scope => ({ pattern: pattern(), actions: some(actions) })

/** All there are of up to three parts. */
const names = words.flatMap((one) => [
  one,
  ...words.flatMap((two) => [`${one}/${two}`, ...words.map((three) => `${one}/${two}/${three}`)]),
])

const people = ['al', 'bo', 'a+b']

interface Case {
  readonly book: AccessBook
  readonly settings: GivenByConfiguration
  readonly identity: Identity
}

function makeCase(): Case {
  const accounts: Account[] = people.map((name, id) =>
    account(id, name, {
      kind: roll(6) === 0 ? 'robot' : 'person',
      source: pick(['local', 'htpasswd']),
      admin: roll(12) === 0,
      disabled: roll(12) === 0,
    }),
  )
  const grantees = [...people, '@g', '@h', 'users', 'anonymous']
  const grants = list(7, () => grant(pick(grantees), pattern(), ...some(actions)))
  const settings = {
    anonymousPull: roll(3) === 0 ? [pattern()] : [],
    htpasswdActions: some(actions.slice(0, 4)),
  }
  const identity: Identity = {
    account: roll(5) === 0 ? undefined : (pick([...accounts, account(77, 'al')]) as Account),
    credential: 'password',
    scopes: roll(2) === 0 ? undefined : list(3, scope),
    catalog: true,
  }
  return { book: book(accounts, grants, { g: some(people), h: some(people) }), settings, identity }
}

const gives = (given: readonly Action[], action: Action) =>
  given.includes(action) || given.includes('admin')

/** The most specific pattern that matches, with all that is given on it. */
function strongest(given: readonly Scope[], name: string): readonly Action[] | undefined {
  const matching = given.filter((each) => matchRepositories([each.pattern])(name))
  const [best] = [...matching].sort((a, b) => bySpecificity(a.pattern, b.pattern))
  if (best === undefined) return undefined
  return matching.filter((each) => each.pattern === best.pattern).flatMap((each) => each.actions)
}

function isFor({ grantee }: Grant, name: string, { groups }: AccessBook): boolean {
  if (grantee.kind === 'users') return true
  if (grantee.kind === 'account') return grantee.name === name
  return grantee.kind === 'group' && (groups.get(grantee.name)?.includes(name) ?? false)
}

function everybodyMayPull({ book, settings }: Case, name: string): boolean {
  const forAll = [
    ...book.grants.filter(({ grantee }) => grantee.kind === 'anonymous'),
    ...settings.anonymousPull.map((each): Scope => ({ pattern: each, actions: ['pull'] })),
  ]
  return strongest(forAll, name)?.includes('pull') ?? false
}

function personMay(who: Account, { book, settings }: Case, action: Action, name: string): boolean {
  if (who.admin) return true
  const own: Scope[] = book.grants.filter((each) => isFor(each, who.name, book))
  if (!who.name.includes('+')) own.push({ pattern: `${who.name}/**`, actions })
  const weakest = who.source === 'htpasswd' ? settings.htpasswdActions : []
  return gives(strongest(own, name) ?? weakest, action)
}

/** What the words of the guide say, as plainly as can be. */
function slowly(made: Case, action: Action, name: string): boolean {
  const { account: claimed, scopes } = made.identity
  const who = made.book.accounts.find(({ id }) => id === claimed?.id)
  if (claimed !== undefined && (who === undefined || who.disabled)) return false
  if (action === 'pull' && everybodyMayPull(made, name)) return true
  if (who === undefined) return false
  const inScope = (scopes ?? []).some(
    (each) => matchRepositories([each.pattern])(name) && gives(each.actions, action),
  )
  if (who.kind === 'robot') return inScope
  return (scopes === undefined || inScope) && personMay(who, made, action, name)
}

const inRange = (name: string, { from, to }: { from: string; to?: string }) =>
  name >= from && (to === undefined || name < to)

/** Whether a name is included exactly if it may be pulled; a range holds it then. */
function isTold({ all, ranges, includes }: Visibility, name: string, pull: boolean): boolean {
  if (includes(name) !== pull) return false
  return pull ? ranges.some((range) => inRange(name, range)) : !all
}

/** Whether the ranges are ascending and apart, as lists want them. */
function inOrder({ ranges }: Visibility): boolean {
  return ranges.every(({ from, to }, at) => {
    const next = ranges[at + 1]
    return to === undefined
      ? next === undefined
      : from < to && (next === undefined || to < next.from)
  })
}

t.test('decisions are what a slow reading of the rules says', async (t) => {
  let allowed = 0
  for (let round = 0; round < 1500; round += 1) {
    const made = makeCase()
    const rights = createRights(made.book, made.settings)
    for (const name of names) {
      const action = pick(actions)
      const expected = slowly(made, action, name)
      if (expected) allowed += 1
      const { allowed: found, rule } = rights.decide(made.identity, action, name)
      if (found !== expected) t.fail(`${action} on ${name}`, { ...made, expected, rule })
    }
  }
  t.ok(allowed > 30_000, 'both answers are common')
})

t.test('what is visible is what may be pulled, and lies in the ranges', async (t) => {
  let partly = 0
  for (let round = 0; round < 1500; round += 1) {
    const made = makeCase()
    const visible = createRights(made.book, made.settings).visible(made.identity)
    if (!visible.all && visible.ranges.length > 0) partly += 1
    const wrong = names.find((name) => !isTold(visible, name, slowly(made, 'pull', name)))
    if (wrong !== undefined) t.fail(wrong, { ...made, visible })
    if (!inOrder(visible)) t.fail('ranges are ascending and apart', { ranges: visible.ranges })
  }
  t.ok(partly > 300, 'much is visible in part')
})

t.test('who may give rights on a pattern has admin on all it matches', async (t) => {
  let granted = 0
  for (let round = 0; round < 3000; round += 1) {
    const made = makeCase()
    const wanted = pattern()
    const rights = createRights(made.book, made.settings)
    if (!rights.mayGrant(made.identity, wanted).allowed) continue
    granted += 1
    const matches = matchRepositories([wanted])
    const without = names.find((name) => matches(name) && !slowly(made, 'admin', name))
    if (without !== undefined) t.fail(`no admin on ${without}`, { ...made, wanted })
  }
  t.ok(granted > 100)
})

t.test('a pattern that covers another matches all that it does', async (t) => {
  let covered = 0
  for (let round = 0; round < 20_000; round += 1) {
    const [outer, inner] = [pattern(), pattern()]
    if (!coversRepositories(outer, inner)) continue
    covered += 1
    const [wide, narrow] = [matchRepositories([outer]), matchRepositories([inner])]
    const missed = names.find((name) => narrow(name) && !wide(name))
    if (missed !== undefined) t.fail(`${outer} does not match ${missed} of ${inner}`)
  }
  t.ok(covered > 1000)
  const certain = [
    ['**', '**'],
    ['**', '*'],
    ['**', 'a/b'],
    ['a/**', 'a/**'],
    ['a/**', 'a/*'],
    ['a/**', 'a/b/**'],
    ['a/*', 'a/b'],
    ['a/b*', 'a/bc*'],
    ['**/x', 'a/**/x'],
    ['*/**', 'a/**'],
  ] as const
  for (const [outer, inner] of certain)
    t.equal(coversRepositories(outer, inner), true, `${outer} ${inner}`)
  const apart = [
    ['a/*', 'a/**'],
    ['a/**', 'a'],
    ['*', '**'],
    ['a/**', '**'],
    ['a/b', 'a/*'],
  ] as const
  for (const [outer, inner] of apart)
    t.equal(coversRepositories(outer, inner), false, `${outer} ${inner}`)
})
