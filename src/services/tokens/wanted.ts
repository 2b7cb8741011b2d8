import { type Action, actions, isAction } from '../../access/actions.ts'
import type { Identity, Scope } from '../../access/identity.ts'
import type { Rights } from '../../access/rights.ts'
import { isRepositoryName } from '../../oci/name.ts'
import type { BearerGrant } from './bearer.ts'

/** One scope as a client writes it: `repository:team/app:pull,push`. */
export interface WantedScope {
  readonly type: string
  readonly name: string
  readonly actions: readonly string[]
}

/** More scopes than this in one request are not looked at: no client asks for so many. */
const mostScopes = 64

/**
 * Reads `type[(class)]:name:action[,action]`. A name may hold `host:port/`, so it ends at the last
 * colon; the class (`repository(plugin)`) makes no difference.
 */
function parseScope(text: string): WantedScope | undefined {
  const first = text.indexOf(':')
  const last = text.lastIndexOf(':')
  const type = /^([a-z0-9]+)(?:\([a-z0-9]+\))?$/.exec(text.slice(0, Math.max(first, 0)))?.[1]
  if (type === undefined || last === first) return undefined
  return { type, name: text.slice(first + 1, last), actions: text.slice(last + 1).split(',') }
}

/** @param texts each one or several scopes with spaces between. What can't be read grants nothing. */
export function parseScopes(texts: readonly string[]): readonly WantedScope[] {
  const each = texts.flatMap((text) => text.split(' ')).filter((text) => text !== '')
  return each
    .slice(0, mostScopes)
    .map(parseScope)
    .filter((scope) => scope !== undefined)
}

/** Pushing a tag that is there already is a push to clients, and a right of its own here. */
function meant(action: string): readonly Action[] {
  if (action === '*') return actions
  if (action === 'push') return ['push', 'overwrite']
  return isAction(action) ? [action] : []
}

/** All that is asked for one repository, in the order of `actions`. */
function byRepository(wanted: readonly WantedScope[]): ReadonlyMap<string, ReadonlySet<Action>> {
  const asked = new Map<string, Set<Action>>()
  for (const { type, name, actions: words } of wanted) {
    if (type !== 'repository' || !isRepositoryName(name)) continue
    const known = asked.get(name) ?? new Set()
    for (const action of words.flatMap(meant)) known.add(action)
    asked.set(name, known)
  }
  return asked
}

function wantsCatalog(wanted: readonly WantedScope[]): boolean {
  return wanted.some(
    ({ type, name, actions: words }) =>
      type === 'registry' && name === 'catalog' && words.includes('*'),
  )
}

/** Whether there is anything somebody may see. */
export function seesAnything(rights: Rights, identity: Identity): boolean {
  const { all, ranges } = rights.visible(identity)
  return all || ranges.length > 0
}

/** Of what is asked, what is allowed: never an error, possibly nothing. */
export function grantOf(
  wanted: readonly WantedScope[],
  identity: Identity,
  rights: Rights,
): BearerGrant {
  const scopes: Scope[] = []
  for (const [pattern, asked] of byRepository(wanted)) {
    const allowed = actions.filter(
      (action) => asked.has(action) && rights.decide(identity, action, pattern).allowed,
    )
    if (allowed.length > 0) scopes.push({ pattern, actions: allowed })
  }
  const mayList =
    identity.catalog && (identity.account !== undefined || seesAnything(rights, identity))
  return { scopes, catalog: wantsCatalog(wanted) && mayList }
}

/** The grant as a client reads it, in the form it asked in. */
export function formatGrant({ scopes, catalog }: BearerGrant): string {
  const repositories = scopes.map(
    ({ pattern, actions: allowed }) => `repository:${pattern}:${allowed.join(',')}`,
  )
  return [...repositories, ...(catalog ? ['registry:catalog:*'] : [])].join(' ')
}
