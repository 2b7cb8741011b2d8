import type { LogicalScope } from '../../accounts/store.ts'

/** Names from one to another, both included. */
export interface NameRange {
  readonly from: string
  readonly to: string
}

/** No name has a byte as high as this one; all of them are below it. */
const last = '~'

/** Names below `prefix` and a slash. */
export function namesBelow(prefix: string): NameRange {
  return { from: `${prefix}/`, to: `${prefix}/${last}` }
}

export function scopeOf(scope: LogicalScope): NameRange {
  if ('repository' in scope) return { from: scope.repository, to: scope.repository }
  if ('prefix' in scope) return namesBelow(scope.prefix)
  return { from: '', to: last }
}
