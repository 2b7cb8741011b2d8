import type { Io } from './command.ts'
import { createProgress, type Progress } from './progress.ts'

/** Switches of every long command. */
export const taskSwitches = ['quiet', 'json'] as const

export const taskFlagsHelp = [
  ['--quiet', 'Do not tell how far it is.'],
  ['--json', 'The result as one JSON object.'],
] as const

export interface Task<Report> {
  /** As typed, for messages. */
  readonly name: string
  readonly switches: ReadonlySet<string>
  work(progress: Progress): Promise<Report>
  /** For a person; ends in a line break. */
  format(report: Report): string
  /** For a program. */
  json(report: Report): object
  /** What is not as it should be, a sentence each; any of them makes the exit code 1. */
  warnings(report: Report): readonly string[]
  /** Whether the result itself makes the exit code 1. */
  failed?(report: Report): boolean
}

/** Files are for the registry's user and, to read, for its group. */
const umask = 0o027

/** Runs a long command: progress and warnings to standard error, its result to standard output. */
export async function runTask<Report>(task: Task<Report>, io: Io): Promise<number> {
  const { name, switches } = task
  process.umask(umask)
  const progress = createProgress({ out: io.stderr, quiet: switches.has('quiet') })
  let report: Report
  try {
    report = await task.work(progress)
  } catch (error) {
    progress.end()
    io.stderr.write(`layerhouse ${name}: ${error instanceof Error ? error.message : error}\n`)
    return 1
  }
  progress.end()
  io.stdout.write(
    switches.has('json') ? `${JSON.stringify(task.json(report), null, 2)}\n` : task.format(report),
  )
  const warnings = task.warnings(report)
  for (const warning of warnings) io.stderr.write(`warning: ${warning}\n`)
  return warnings.length > 0 || task.failed?.(report) ? 1 : 0
}

/** Rows of a name and a text, the texts below each other. */
export function formatRows(rows: readonly (readonly [name: string, text: string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}\n`).join('')
}

/** More are not of use on a screen; `--json` has all of them. */
const shown = 20

/** One warning for blobs that are not there, naming the first of them. */
export function warnOfMissing(
  missing: readonly { readonly digest: string }[],
  text: string,
): readonly string[] {
  if (missing.length === 0) return []
  const names = missing.slice(0, shown).map(({ digest }) => `\n  ${digest}`)
  const rest = missing.length > shown ? `\n  and ${missing.length - shown} more` : ''
  return [`${count(missing.length, 'blob')} ${text}${names.join('')}${rest}`]
}

/** `1 blob`, `2 blobs`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
