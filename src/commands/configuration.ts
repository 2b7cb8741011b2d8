/** The flags that set a key, which many commands share, and the configuration they lead to. */
import { type Flags, flagNames, flagTable } from '../../config/flags.ts'
import { keyOf } from '../../config/keys.ts'
import { flagProblems, type LoadedConfig, loadConfig } from '../../config/load.ts'
import { type Arguments, type ArgumentsSpec, parseArguments } from './arguments.ts'
import { type Io, UsageError } from './command.ts'

export type LoadedFromArgs<Switch extends string, Value extends string = never> = LoadedConfig &
  Arguments<Value, Switch>

/** What a command takes besides the flags that set a key. */
export interface OwnArguments<Value extends string, Switch extends string = never>
  extends Pick<ArgumentsSpec<Value, Switch>, 'values' | 'letters' | 'positionals' | 'more'> {
  /** Whether the configuration file may stand there without `--config`, after all else. */
  readonly bareFile?: boolean
}

/** `[--config FILE] [--host HOST] …` for a command's usage. */
export const configurationSynopsis = [
  '[--config FILE]',
  ...flagNames.map((name) => `[--${name} ${flagTable[name].placeholder}]`),
].join(' ')

/**
 * The configuration that a command line, its file and the environment make together. `switches` are
 * flags without a value that the command has besides, `own` what else it takes.
 * @throws UsageError for wrong flags, ConfigError for the rest, HelpRequest for `--help`.
 */
export function loadFromArgs<
  const Switch extends string = never,
  const Value extends string = never,
>(
  args: readonly string[],
  io: Io,
  switches: readonly Switch[] = [],
  own: OwnArguments<Value, Switch> = {},
): LoadedFromArgs<Switch, Value> {
  const given = parseArguments(args, {
    values: ['config', ...flagNames, ...(own.values ?? [])],
    switches,
    ...(own.letters ? { letters: own.letters } : {}),
    positionals: own.positionals ?? [],
    surplus: own.bareFile ?? false,
    more: own.more ?? false,
  })
  const bare = own.bareFile ? given.positionals[own.positionals?.length ?? 0] : undefined
  const file = given.values.config ?? bare
  if (bare !== undefined && file !== bare) {
    throw new UsageError(`two configuration files are given, ${file} and ${bare}; name one`)
  }
  const flags: Flags = Object.fromEntries(flagNames.map((name) => [name, given.values[name]]))
  if (file === '') throw new UsageError('--config needs a value; write --config=FILE')
  const problems = flagProblems(flags)
  if (problems.length > 0) throw new UsageError(problems.join('\n'))
  return { ...loadConfig({ file, env: io.env, flags }), ...given }
}

type FlagHelp = readonly [flag: string, text: string]

/** One line for each flag of {@link configurationSynopsis}, after those of the command's own. */
export function configurationFlagsHelp(own: readonly FlagHelp[] = []): string {
  const all: FlagHelp[] = [
    ...own,
    ['--config FILE', 'The configuration file, YAML.'],
    ...flagNames.map((name): FlagHelp => {
      const { key, placeholder } = flagTable[name]
      return [`--${name} ${placeholder}`, `${keyOf(key).field.description} (${key})`]
    }),
  ]
  const width = Math.max(...all.map(([flag]) => flag.length))
  return all.map(([flag, text]) => `  ${flag.padEnd(width)}  ${text}\n`).join('')
}
