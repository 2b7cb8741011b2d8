import type { Grantee } from './book.ts'

/** Those of accounts and groups: what may stand in a URL, a log and a path as it is. */
const grammar = /^[a-z0-9][a-z0-9._@+-]{0,63}$/

/** They mean somebody already, as a grantee or as the actor of what is written down. */
export const reservedNames: readonly string[] = ['anonymous', 'users', 'operator', 'layerhouse']

/** A name as it is stored and compared, of what somebody typed. */
export function normalName(typed: string): string {
  return typed.toLowerCase()
}

/** What is wrong with the name of an account or a group, lower case; `undefined` if nothing is. */
export function nameProblem(name: string): string | undefined {
  const shown = JSON.stringify(name.slice(0, 80))
  if (!grammar.test(name)) {
    return `${shown} can be no name; write up to 64 lower-case letters, digits and . _ @ + -, a letter or digit first`
  }
  if (reservedNames.includes(name)) return `${shown} is reserved; choose another name`
  return undefined
}

export type ParsedGrantee =
  | { readonly grantee: Grantee; readonly problem?: undefined }
  | { readonly grantee?: undefined; readonly problem: string }

/** Whom `alice`, `@devs`, `users` or `anonymous` means; the case does not matter. */
export function parseGrantee(typed: string): ParsedGrantee {
  const text = normalName(typed)
  if (text === 'users' || text === 'anonymous') return { grantee: { kind: text } }
  const kind = text.startsWith('@') ? 'group' : 'account'
  const name = kind === 'group' ? text.slice(1) : text
  const problem = nameProblem(name)
  return problem === undefined ? { grantee: { kind, name } } : { problem }
}

/** As {@link parseGrantee} reads it. */
export function writeGrantee(grantee: Grantee): string {
  if (grantee.kind === 'group') return `@${grantee.name}`
  return grantee.kind === 'account' ? grantee.name : grantee.kind
}
