import { Value } from 'typebox/value'
import { type Environment, fileVariable, readEnvironment, variable } from './environment.ts'
import { ConfigError } from './error.ts'
import { readFile } from './file.ts'
import { type Flags, readFlags } from './flags.ts'
import { keys } from './keys.ts'
import { readRegistry2 } from './registry2.ts'
import { type Config, type KeyPath, schema } from './schema.ts'
import { emptyReading, joinReadings, type Origin, type Setting } from './settings.ts'
import { readValue } from './values.ts'

export interface ConfigSources {
  /** The YAML file; without it the one named by `LAYERHOUSE_CONFIG`, if any. */
  readonly file?: string | undefined
  readonly env: Environment
  readonly flags: Flags
}

export interface LoadedConfig {
  readonly config: Config
  /** Where each key's value comes from. */
  readonly origins: Readonly<Record<KeyPath, Origin>>
  /** For the person who starts the registry: what was asked for and does not happen. */
  readonly warnings: readonly string[]
}

/**
 * The configuration from its sources, in rising order: default, file, `REGISTRY_*`, `LAYERHOUSE_*`,
 * flag. A value that another source overrides must be valid all the same.
 * @throws ConfigError with every mistake in every source.
 */
export function loadConfig({ file, env, flags }: ConfigSources): LoadedConfig {
  const path = file ?? variable(env, fileVariable)
  const reading = joinReadings([
    path === undefined ? emptyReading : readFile(path),
    readRegistry2(env),
    readEnvironment(env),
    readFlags(flags),
  ])
  const { values, origins, problems } = merge(reading.settings)
  const mistakes = [...reading.problems, ...problems]
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return {
    config: assemble(values),
    origins: Object.freeze(Object.fromEntries(origins) as Record<KeyPath, Origin>),
    warnings: reading.warnings,
  }
}

/** What is wrong with the flags alone: a usage error, where the rest is a matter of configuration. */
export function flagProblems(flags: Flags): readonly string[] {
  return merge(readFlags(flags).settings).problems
}

/** Later settings win. */
function merge(settings: readonly Setting[]) {
  const values = new Map<KeyPath, unknown>(keys.map(({ path, field }) => [path, field.default]))
  const origins = new Map<KeyPath, Origin>(keys.map(({ path }) => [path, { source: 'default' }]))
  const problems: string[] = []
  for (const setting of settings) {
    const result = readValue(setting)
    if (result.ok) {
      values.set(setting.key.path, result.value)
      origins.set(setting.key.path, setting.origin)
    } else {
      problems.push(result.problem)
    }
  }
  return { values, origins, problems }
}

type Nested = { [name: string]: unknown }

function assemble(values: ReadonlyMap<KeyPath, unknown>): Config {
  const root: Nested = {}
  for (const [path, value] of values) {
    const sections = path.split('.')
    const name = sections.pop() ?? path
    const section = sections.reduce((parent, child) => {
      parent[child] ??= {}
      return parent[child] as Nested
    }, root)
    if (value !== undefined) section[name] = structuredClone(value)
  }
  // Each value passed its own part of the schema, so only a mistake in this file can fail here.
  if (!Value.Check(schema, root)) throw new TypeError('the loaded values do not fit the schema')
  return deepFreeze(root)
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const child of Object.values(value)) deepFreeze(child)
  return Object.freeze(value)
}
