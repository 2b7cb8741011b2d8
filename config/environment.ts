import { keys, keysHint, variablePrefix } from './keys.ts'
import { nearest } from './nearest.ts'
import { isServiceVariable } from './service-variables.ts'
import type { Reading, Setting } from './settings.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Names the configuration file. */
export const fileVariable = `${variablePrefix}CONFIG`

/** The process's own variables. This is the only place that reads them. */
export function processEnvironment(): Environment {
  return process.env
}

/** A variable's value; an empty one counts as not set, as `${NAME:-}` in a compose file makes it. */
export function variable(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim()
  return value === '' ? undefined : value
}

/** The names that start with `prefix` and are not a Service's, sorted. */
export function namesWithPrefix(environment: Environment, prefix: string): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith(prefix))
    .filter((name) => !isServiceVariable(name, environment[name] ?? ''))
    .sort()
}

/** Settings from `LAYERHOUSE_*`; an unknown name is a problem. */
export function readEnvironment(environment: Environment): Reading {
  const settings: Setting[] = []
  const problems: string[] = []
  for (const name of namesWithPrefix(environment, variablePrefix)) {
    const raw = variable(environment, name)
    const key = keys.find((candidate) => candidate.variable === name)
    if (key !== undefined && raw !== undefined) {
      settings.push({ key, raw, origin: { source: 'environment', name } })
    }
    if (key === undefined && name !== fileVariable) {
      problems.push(`${name}: unknown variable${suggestion(name)}`)
    }
  }
  return { settings, problems, warnings: [] }
}

/** One that the name begins with; else compared without the prefix, which all of them share. */
function suggestion(name: string): string {
  const known = [...keys.map((key) => key.variable), fileVariable]
  const rest = (text: string) => text.slice(variablePrefix.length)
  const begun = known.map(rest).find((each) => rest(name).startsWith(`${each}_`))
  const best = begun ?? nearest(rest(name), known.map(rest))
  return best === undefined ? keysHint : `; did you mean ${variablePrefix}${best}?`
}
