import { nameProblem, normalName } from '../../access/names.ts'
import { bcryptCost } from '../passwords/bcrypt/hash.ts'

/** What a file of `htpasswd -B` says. */
export interface Htpasswd {
  /** bcrypt hashes by name, lower case. */
  readonly users: ReadonlyMap<string, string>
  /** Lines that are left out. */
  readonly problems: readonly HtpasswdProblem[]
}

export interface HtpasswdProblem {
  /** From 1. */
  readonly line: number
  /** Never shows a hash. */
  readonly message: string
}

/** How hashes of other kinds begin. */
const otherKinds: readonly (readonly [begin: string, kind: string])[] = [
  ['$apr1$', 'MD5'],
  ['$1$', 'MD5'],
  ['{SHA}', 'SHA-1'],
  ['$5$', 'SHA-256'],
  ['$6$', 'SHA-512'],
  ['$2', 'a form of bcrypt that is not taken'],
]

function hashProblem(hash: string): string | undefined {
  if (bcryptCost(hash) !== undefined) return undefined
  const kind = otherKinds.find(([begin]) => hash.startsWith(begin))?.[1] ?? 'crypt, or not a hash'
  return `the password is kept as ${kind}; bcrypt alone is taken: make it anew with htpasswd -B`
}

type Line = { readonly name: string; readonly hash: string } | { readonly problem: string }

function readLine(text: string): Line {
  const colon = text.indexOf(':')
  if (colon < 0) return { problem: 'there is no colon; a line is name:hash' }
  const name = normalName(text.slice(0, colon))
  const hash = text.slice(colon + 1)
  const problem = nameProblem(name) ?? hashProblem(hash)
  return problem === undefined ? { name, hash } : { problem }
}

/** Reads lines `name:hash`; blank ones and those that begin with `#` say nothing. */
export function parseHtpasswd(text: string): Htpasswd {
  const users = new Map<string, string>()
  const problems: HtpasswdProblem[] = []
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const trimmed = raw.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const line = index + 1
    const read = readLine(trimmed)
    if ('problem' in read) problems.push({ line, message: read.problem })
    else if (users.has(read.name)) {
      problems.push({ line, message: `${read.name} is there already, further up` })
    } else users.set(read.name, read.hash)
  }
  return { users, problems }
}
