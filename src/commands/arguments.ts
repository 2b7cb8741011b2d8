import { parseArgs } from 'node:util'
import { didYouMean } from '../../config/nearest.ts'
import { HelpRequest, UsageError } from './command.ts'

export interface ArgumentsSpec<Value extends string, Switch extends string> {
  /** Flags that take a value, without their dashes. */
  readonly values?: readonly Value[]
  /** Flags that take none. */
  readonly switches?: readonly Switch[]
  /** Short forms of switches: `d` for `-d`. */
  readonly letters?: Readonly<Record<string, NoInfer<Switch>>>
  /** Names of the other arguments, all required, for messages. */
  readonly positionals?: readonly string[]
  /** Whether one more may follow them, or any number. */
  readonly surplus?: boolean | 'many'
}

export interface Arguments<Value extends string, Switch extends string> {
  readonly values: Readonly<Partial<Record<Value, string>>>
  readonly switches: ReadonlySet<Switch>
  /** As many as the spec names, and perhaps more if it allows that. */
  readonly positionals: readonly string[]
}

type Token = NonNullable<ReturnType<typeof tokenize>>[number]
type OptionToken = Extract<Token, { kind: 'option' }>

/**
 * Reads a command's arguments: `--flag value`, `--flag=value`, `--switch`, and `--` before anything
 * that must not be taken for a flag.
 * @throws UsageError for an unknown, repeated or incomplete flag and a missing or surplus argument.
 * @throws HelpRequest for `--help` or `-h`.
 */
export function parseArguments<
  const Value extends string = never,
  const Switch extends string = never,
>(args: readonly string[], spec: ArgumentsSpec<Value, Switch>): Arguments<Value, Switch> {
  const { values = [], switches = [], positionals: names = [], surplus = false } = spec
  const letters: Readonly<Record<string, string>> = spec.letters ?? {}
  const tokens = tokenize(args, values)
  const options = tokens.filter((token) => token.kind === 'option')
  if (options.some(({ rawName }) => rawName === '--help' || rawName === '-h')) {
    throw new HelpRequest()
  }
  const flags = new Map<string, string | true>()
  for (const option of options) {
    const name = nameOf(option, letters)
    if (flags.has(name)) throw new UsageError(`${option.rawName} is given twice`)
    flags.set(name, readFlag({ ...option, name }, values, switches))
  }
  const positionals = tokens.filter((token) => token.kind === 'positional')
  return {
    values: Object.fromEntries(
      values.flatMap((name) => (flags.has(name) ? [[name, flags.get(name)]] : [])),
    ) as Partial<Record<Value, string>>,
    switches: new Set(switches.filter((name) => flags.has(name))),
    positionals: checkPositionals(
      positionals.map(({ value }) => value),
      names,
      surplus,
    ),
  }
}

function tokenize(args: readonly string[], values: readonly string[]) {
  const options = Object.fromEntries(values.map((name) => [name, { type: 'string' as const }]))
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  return tokens
}

/** What a flag is called in full; of an unknown letter what was typed. */
function nameOf({ name, rawName }: OptionToken, letters: Readonly<Record<string, string>>): string {
  if (rawName.startsWith('--')) return name
  return Object.hasOwn(letters, name) ? (letters[name] as string) : rawName
}

/** The value of a flag, or `true` for a switch. */
function readFlag(
  { name, rawName, value, inlineValue }: OptionToken,
  values: readonly string[],
  switches: readonly string[],
): string | true {
  if (values.includes(name)) {
    if (value !== undefined && (inlineValue === true || !value.startsWith('-'))) return value
    throw new UsageError(`${rawName} needs a value; write ${rawName}=VALUE`)
  }
  if (switches.includes(name)) {
    if (value === undefined) return true
    throw new UsageError(`${rawName} takes no value`)
  }
  const known = [...values, ...switches, 'help'].map((flag) => `--${flag}`)
  throw new UsageError(
    `unknown flag ${rawName}${didYouMean(rawName, known) ?? `; known are ${known.join(', ')}`}`,
  )
}

function checkPositionals(
  given: readonly string[],
  names: readonly string[],
  surplus: boolean | 'many',
): readonly string[] {
  const unexpected = surplus === 'many' ? undefined : given[names.length + (surplus ? 1 : 0)]
  if (unexpected !== undefined) {
    throw new UsageError(`unexpected argument ${JSON.stringify(unexpected)}`)
  }
  const missing = names[given.length]
  if (missing !== undefined) throw new UsageError(`${missing} is missing`)
  return given
}
