import { repositoryPatternProblem } from '../policies/patterns.ts'
import type { Grant } from './book.ts'

/** What is wrong with a grant; `undefined` if nothing is. */
export function grantProblem({ grantee, pattern, actions }: Grant): string | undefined {
  const wrong = repositoryPatternProblem(pattern)
  if (wrong !== undefined) return `the pattern ${wrong}`
  const more = actions.filter((action) => action !== 'pull')
  if (grantee.kind !== 'anonymous' || more.length === 0) return undefined
  return `who has not signed in can be granted pull alone, not ${more.join(', ')}`
}
