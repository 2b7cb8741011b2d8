import type { Action } from '../../src/access/actions.ts'
import type { Method } from './handler.ts'
import type { Target, TargetKind } from './target.ts'

/** What somebody must have for a request; whatever is not in the table is refused. */
export type Requirement =
  /** To have shown who they are, or a token for nobody in particular. */
  | 'credential'
  /** To list repositories: each sees those they may pull. */
  | 'list'
  /** A right in the repository that the URL names. */
  | Action

type Requirements = Readonly<Record<TargetKind, Readonly<Partial<Record<Method, Requirement>>>>>

/**
 * Every request of the distribution API that there is. `push` does not include `delete`: a token
 * for pushing deletes nothing but the uploads its owner began.
 */
const requirements: Requirements = {
  base: { GET: 'credential', HEAD: 'credential' },
  catalog: { GET: 'list', HEAD: 'list' },
  tags: { GET: 'pull', HEAD: 'pull' },
  manifest: { GET: 'pull', HEAD: 'pull', PUT: 'push', DELETE: 'delete' },
  blob: { GET: 'pull', HEAD: 'pull', DELETE: 'delete' },
  referrers: { GET: 'pull', HEAD: 'pull' },
  uploads: { POST: 'push' },
  upload: { GET: 'push', HEAD: 'push', PATCH: 'push', PUT: 'push', DELETE: 'push' },
}

/** `undefined`: there is no such request. */
export function requirementOf({ kind }: Target, method: string): Requirement | undefined {
  const methods: Readonly<Partial<Record<string, Requirement>>> = requirements[kind]
  return Object.hasOwn(methods, method) ? methods[method] : undefined
}

/** What clients ask for to be allowed an action: those that push look at what is there first. */
const asked: Readonly<Record<Action, string>> = {
  pull: 'pull',
  push: 'pull,push',
  overwrite: 'pull,push',
  delete: 'delete',
  admin: '*',
}

/** The scope of a token that this requires; `undefined`: any token will do. */
export function scopeFor(target: Target, requirement: Requirement | undefined): string | undefined {
  if (requirement === 'list') return 'registry:catalog:*'
  if (requirement === undefined || requirement === 'credential') return undefined
  return 'repository' in target
    ? `repository:${target.repository}:${asked[requirement]}`
    : undefined
}
