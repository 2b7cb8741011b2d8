/** What a verb of the command line is made of. */
import type { Environment } from '../../config/environment.ts'

export interface Output {
  write(text: string): unknown
  /** Whether a person is looking, so that a line may be written over. */
  readonly isTTY?: boolean
}

/** What is typed or piped in. */
export interface Input extends AsyncIterable<unknown> {
  readonly isTTY?: boolean
  /** Whether what is typed comes at once, and is not shown; of a terminal. */
  setRawMode?(raw: boolean): unknown
  /** Lets the process end. */
  pause?(): unknown
}

/** The world of a command, so that a test needs no process. */
export interface Io {
  readonly stdin?: Input
  /** Results. */
  readonly stdout: Output
  /** Errors and warnings. */
  readonly stderr: Output
  readonly env: Environment
}

export interface Command {
  readonly name: string
  /** Other spellings, e.g. `--version`. */
  readonly aliases?: readonly string[]
  /** One line for the list of commands. */
  readonly summary: string
  /** The whole help text, ending in a line break. */
  readonly usage: string
  /**
   * Returns the exit code: 0 done, 1 failed, 2 used wrongly. Reads its arguments with
   * `parseArguments`, which also answers `--help`.
   * @throws UsageError for arguments that cannot be meant.
   * @throws ConfigError for a configuration that cannot be used.
   */
  run(args: readonly string[], io: Io): Promise<number>
}

/** The command line cannot be meant as it is; the message says what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Thrown by `parseArguments` at `--help`; whoever runs the command prints its usage. */
export class HelpRequest extends Error {
  override readonly name = 'HelpRequest'
}
