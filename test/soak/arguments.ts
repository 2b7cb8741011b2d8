import { parseArgs } from 'node:util'

export interface Arguments {
  readonly seed: number
  /** Load goes on until both are reached, */
  readonly operations: number
  readonly cycles: number
  /** or for so many seconds, if given. */
  readonly seconds?: number
  /** Kills of the registry under load; 0: none. */
  readonly kills: number
  readonly pushers: number
  /** Milliseconds at most between two deeds of a participant, half of that on the average. */
  readonly think: number
  /** Milliseconds. */
  readonly interval: number
  readonly grace: number
  readonly keep: number
  /** Processes of the registry; 0: as many as it takes by itself. */
  readonly workers: number
}

export const usage = `npm run soak -- [options]
  --seed S         repeats the choices of an earlier run
  --operations N   at least so many; 100000 if not given
  --cycles N       and at least so many collections; 500 if not given
  --seconds N      for so long, instead of both
  --kills N        kills the registry so often (SIGKILL), inside of collections, and starts it again
  --pushers N      50 if not given; others in proportion
  --think MS       pause of a participant between two deeds, at most; 300
  --interval MS    gc.interval: 1000, or 100 with --kills
  --grace MS       gc.grace: 2000
  --keep MS        history.keep: 3000
  --workers N      http.workers: 0
`

function count(option: string, text: string, lowest = 1): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= lowest) return number
  throw new Error(`--${option} ${text}: not a whole number from ${lowest}`)
}

/** @throws Error that says what to do instead. */
export function readArguments(args: readonly string[]): Arguments {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: text,
      operations: { ...text, default: '100000' },
      cycles: { ...text, default: '500' },
      seconds: text,
      kills: { ...text, default: '0' },
      pushers: { ...text, default: '50' },
      think: { ...text, default: '300' },
      interval: text,
      grace: { ...text, default: '2000' },
      keep: { ...text, default: '3000' },
      workers: { ...text, default: '0' },
    },
  })
  const kills = count('kills', values.kills, 0)
  return {
    seed: values.seed === undefined ? Date.now() % 1_000_000 : count('seed', values.seed),
    operations: count('operations', values.operations),
    cycles: count('cycles', values.cycles),
    ...(values.seconds === undefined ? {} : { seconds: count('seconds', values.seconds) }),
    kills,
    pushers: count('pushers', values.pushers),
    think: count('think', values.think, 0),
    interval: count('interval', values.interval ?? (kills > 0 ? '100' : '1000'), 100),
    grace: count('grace', values.grace, 1000),
    keep: count('keep', values.keep, 0),
    workers: count('workers', values.workers, 0),
  }
}
