import type { Tally } from './tally.ts'
import { harms } from './tally.ts'

/** What came of a run, with what is needed to judge and repeat it. */
export interface Scoreboard {
  /** ISO 8601. */
  readonly date: string
  readonly command: string
  readonly seed: number
  /** Seconds. */
  readonly duration: number
  readonly versions: Readonly<Record<'layerhouse' | 'node' | 'kernel' | 'sqlite', string>>
  /** By name, in the order in which they ran. */
  readonly kinds: Readonly<Record<string, Tally>>
}

export const heads = [
  ...['kind', 'cases', 'acknowledged operations', ...harms],
  'slowest start',
] as const

/** The cells of a kind's row. */
export function rowOf(name: string, tally: Tally): readonly string[] {
  return [
    ...[name, String(tally.cases), String(tally.acknowledged)],
    ...harms.map((harm) => String(tally[harm])),
    `${tally.slowestStart} ms`,
  ]
}

/** Lines of text in columns, the first to the left, numbers to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = heads.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
  return `${rows.map(line).join('\n')}\n`
}

/** For people: the table, then what failed and how to see it again. */
export function formatScoreboard({ kinds, seed, duration }: Scoreboard): string {
  const entries = Object.entries(kinds)
  const table = formatTable([heads, ...entries.map(([name, tally]) => rowOf(name, tally))])
  const missed = entries
    .filter(([, { notReached }]) => notReached > 0)
    .map(([name, { notReached }]) => `${name}: ${notReached} more faults were not reached\n`)
  const failed = entries.flatMap(([name, tally]) =>
    tally.failed.map(
      ({ harm, what, fault, seed }) => `${name}, seed ${seed}, ${fault}\n  ${harm}: ${what}\n`,
    ),
  )
  return [table, ...missed, ...failed, `seed ${seed}, ${Math.round(duration)} s\n`].join('')
}

/** Cases in which nothing went wrong, and failures; a kind without a case is a failure. */
export function countOutcomes(tally: Tally): { readonly passed: number; readonly failed: number } {
  return { passed: tally.passed, failed: tally.failed.length + (tally.cases === 0 ? 1 : 0) }
}

export function isClean({ kinds }: Scoreboard): boolean {
  const tallies = Object.values(kinds)
  return tallies.length > 0 && tallies.every((tally) => countOutcomes(tally).failed === 0)
}
