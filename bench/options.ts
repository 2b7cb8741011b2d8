import { parseArgs } from 'node:util'
import { type ContenderName, rivalNames } from './contenders/names.ts'
import { fullScale, quickScale, type Scale } from './scale.ts'

export interface Options {
  /** Names of works, in the order in which they run. */
  readonly works: readonly string[]
  readonly against: readonly ContenderName[]
  /** Paths of programs that are not on PATH. */
  readonly programs: Readonly<Partial<Record<ContenderName, string>>>
  readonly scale: Scale
  /** Prints the works and does nothing. */
  readonly list: boolean
  readonly help: boolean
  /** A file for the result; one below bench/results if absent. */
  readonly json?: string
  /** Rewrites the tables in bench/RESULTS.md. */
  readonly record: boolean
  /** Measures nothing: takes the results of earlier runs from these files. */
  readonly from: readonly string[]
}

export const usage = `npm run bench -- [options]
  --works A,B              these works, instead of all; --list names them
  --against A,B            these rivals, instead of all that are found
  --rounds N               rounds of each work; 5 if not given
  --seconds N              seconds of each measurement of small requests; 3 if not given
  --quick                  one short round with small sizes; ends within 120 seconds
  --docker-registry PATH   programs that are not on PATH
  --distribution PATH
  --zot PATH
  --nginx PATH
  --json FILE              where the result goes; a new file in bench/results if not given
  --from FILE,FILE         measures nothing: prints (and records) what earlier runs wrote
  --record                 puts the tables into bench/RESULTS.md
  --list                   names the works
  --help                   this text
`

/** A whole number from 1. @throws Error naming the option */
function count(option: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Error(`--${option} ${text}: not a number from 1`)
  return Number(text)
}

/** @throws Error naming the option, what is unknown and what there is */
function pick<Name extends string>(
  option: string,
  text: string | undefined,
  all: readonly Name[],
): readonly Name[] {
  if (text === undefined) return all
  return text.split(',').map((name) => {
    const known = all.find((one) => one === name)
    if (known !== undefined) return known
    throw new Error(`--${option} ${name}: there are ${all.join(', ')}`)
  })
}

function scaleOf(quick: boolean, rounds: string | undefined, seconds: string | undefined): Scale {
  const scale = quick ? quickScale : fullScale
  const timed = seconds === undefined ? undefined : count('seconds', seconds)
  return {
    ...scale,
    rounds: rounds === undefined ? scale.rounds : count('rounds', rounds),
    ...(timed === undefined ? {} : { seconds: timed, clientSeconds: timed }),
  }
}

function without<Value>(programs: Readonly<Record<string, Value | undefined>>) {
  return Object.fromEntries(Object.entries(programs).filter(([, path]) => path !== undefined))
}

/** @throws Error that says what to do instead */
export function readOptions(works: readonly string[], args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      works: { type: 'string' },
      against: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      'docker-registry': { type: 'string' },
      distribution: { type: 'string' },
      zot: { type: 'string' },
      nginx: { type: 'string' },
      json: { type: 'string' },
      from: { type: 'string' },
      record: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { distribution, zot, nginx } = values
  return {
    works: pick('works', values.works, works),
    against: pick('against', values.against, rivalNames),
    programs: without({ 'docker-registry': values['docker-registry'], distribution, zot, nginx }),
    scale: scaleOf(values.quick, values.rounds, values.seconds),
    list: values.list,
    help: values.help,
    ...(values.json === undefined ? {} : { json: values.json }),
    record: values.record,
    from: values.from?.split(',') ?? [],
  }
}

/** Options whose value says something about one machine's directories only. */
const local = ['docker-registry', 'distribution', 'zot', 'nginx', 'json'].map((name) => `--${name}`)

/** The command for whoever wants to repeat it elsewhere. */
export function describeCommand(args: readonly string[]): string {
  const kept = args.filter(
    (arg, i) => !(local.includes(arg.replace(/=.*/, '')) || local.includes(args[i - 1] ?? '')),
  )
  return kept.length === 0 ? 'npm run bench' : `npm run bench -- ${kept.join(' ')}`
}
