/** Checks of values that say who may do what. */

const pattern = /^(?:[a-z0-9._*-]+)(?:\/[a-z0-9._*-]+)*$/
const actions = ['pull', 'push', 'overwrite', 'delete']

/** What is wrong with a pattern of repositories; see `src/policies/patterns.ts`. */
export function anonymousPullProblem(value: string): string | undefined {
  const parts = value.split('/')
  const isWhole = parts.every((part) => part === '**' || !part.includes('**'))
  if (value.length <= 255 && pattern.test(value) && isWhole) return undefined
  return `"${value.slice(0, 80)}" is no pattern of repositories; write names such as public/app, public/* or public/**`
}

export function actionProblem(value: string): string | undefined {
  if (actions.includes(value)) return undefined
  return `"${value.slice(0, 80)}" is no action; there are ${actions.join(', ')}`
}
