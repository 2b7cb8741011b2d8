import { parseArgs } from 'node:util'
import type { Kind } from './kind.ts'

export interface Arguments {
  readonly kinds: readonly Kind[]
  /** Cases of each kind; each kind's own number if absent. */
  readonly rounds?: number
  readonly seed: number
  readonly lanes: number
  /** A file for the scoreboard. */
  readonly json?: string
  /** Rewrites the table in `docs/reliability.md`. */
  readonly record: boolean
}

export const usage = `npm run faults -- [options]
  --kinds A,B    these kinds of fault, instead of all
  --rounds N     cases of each kind
  --seed S       repeats the choices of an earlier run
  --lanes N      cases at the same time; 2 if not given
  --json FILE    writes the scoreboard to a file
  --record       puts the scoreboard into docs/reliability.md
`

/** A whole number from 1. @throws Error naming the option */
function count(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${option} ${text}: not a number from 1`)
  return Number(text)
}

function pickKinds(all: readonly Kind[], names: string | undefined): readonly Kind[] {
  if (names === undefined) return all
  return names.split(',').map((name) => {
    const kind = all.find((one) => one.name === name)
    if (kind) return kind
    throw new Error(`--kinds ${name}: there are ${all.map((one) => one.name).join(', ')}`)
  })
}

/** @throws Error that says what to do instead. */
export function readArguments(all: readonly Kind[], args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kinds: { type: 'string' },
      rounds: { type: 'string' },
      seed: { type: 'string' },
      lanes: { type: 'string', default: '2' },
      json: { type: 'string' },
      record: { type: 'boolean', default: false },
    },
  })
  return {
    kinds: pickKinds(all, values.kinds),
    ...(values.rounds === undefined ? {} : { rounds: count('rounds', values.rounds) }),
    seed: values.seed === undefined ? Date.now() % 1_000_000 : count('seed', values.seed),
    lanes: count('lanes', values.lanes),
    ...(values.json === undefined ? {} : { json: values.json }),
    record: values.record,
  }
}
