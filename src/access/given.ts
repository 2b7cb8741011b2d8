import { type Action, actions } from './actions.ts'
import type { AccessBook, Grant, Grantee } from './book.ts'
import type { Account } from './identity.ts'
import type { Given } from './ruleset.ts'

/** What the configuration gives beside the book. */
export interface GivenByConfiguration {
  /** Patterns of repositories that everybody may pull. */
  readonly anonymousPull: readonly string[]
  /** What people of the htpasswd file may do where nothing else is granted to them. */
  readonly htpasswdActions: readonly Action[]
}

/** What the book and the configuration give to whom, one grant after the other. */
export interface GivenTo {
  everybody(): readonly Given[]
  person(account: Account): readonly Given[]
  /** Holds where no rule of theirs matches, a rule on all repositories neither. */
  otherwise(account: Account): Given | undefined
}

/** A name that can be the first part of a repository's: see `src/oci/name.ts`. */
const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/

const grantees = {
  account: (name: string) => name,
  group: (name: string) => `group ${name}`,
  users: () => 'everybody who has signed in',
  anonymous: () => 'everybody',
}

function showGrantee(grantee: Grantee): string {
  return grantees[grantee.kind]('name' in grantee ? grantee.name : '')
}

function words(given: readonly Action[], to: string): string {
  return `grants ${given.join(', ') || 'nothing'} to ${to}`
}

function toGiven({ pattern, actions: list, grantee }: Grant): Given {
  // More than that can't be granted to whom nobody knows, whatever the book says.
  const given = grantee.kind === 'anonymous' ? list.filter((action) => action === 'pull') : list
  return { pattern, actions: given, words: words(given, showGrantee(grantee)) }
}

function keyOf(grantee: Grantee): string {
  return 'name' in grantee ? `${grantee.kind} ${grantee.name}` : grantee.kind
}

/** Lists by key. */
function collect<Value>(
  entries: Iterable<readonly [string, Value]>,
): ReadonlyMap<string, readonly Value[]> {
  const lists = new Map<string, Value[]>()
  for (const [key, value] of entries) {
    const list = lists.get(key)
    if (list) list.push(value)
    else lists.set(key, [value])
  }
  return lists
}

function* memberships(book: AccessBook): Generator<readonly [string, string]> {
  for (const [group, members] of book.groups) for (const member of members) yield [member, group]
}

export function createGivenTo(book: AccessBook, settings: GivenByConfiguration): GivenTo {
  const grants = collect(book.grants.map((grant) => [keyOf(grant.grantee), grant] as const))
  const groups = collect(memberships(book))
  const grantedTo = (grantee: Grantee) => (grants.get(keyOf(grantee)) ?? []).map(toGiven)

  function namespaceOf({ name }: Account): readonly Given[] {
    if (!component.test(name)) return []
    return [{ pattern: `${name}/**`, actions, words: `is the namespace of ${name}` }]
  }

  return {
    everybody: () => [
      ...grantedTo({ kind: 'anonymous' }),
      ...settings.anonymousPull.map((pattern): Given => {
        return { pattern, actions: ['pull'], words: 'is in auth.anonymousPull' }
      }),
    ],
    person: (account) => [
      ...grantedTo({ kind: 'account', name: account.name }),
      ...(groups.get(account.name) ?? []).flatMap((name) => grantedTo({ kind: 'group', name })),
      ...grantedTo({ kind: 'users' }),
      ...namespaceOf(account),
    ],
    otherwise({ source }) {
      const { htpasswdActions } = settings
      if (source !== 'htpasswd' || htpasswdActions.length === 0) return undefined
      const to = 'users of auth.htpasswd (auth.htpasswdActions)'
      return { pattern: '**', actions: htpasswdActions, words: words(htpasswdActions, to) }
    },
  }
}
