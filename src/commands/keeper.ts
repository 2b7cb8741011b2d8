/** What the commands about accounts and rights have in common: each asks a registry as its operator. */
import { type Management, openManagement } from '../management.ts'
import type { Command, Io } from './command.ts'
import { configurationFlagsHelp, configurationSynopsis, loadFromArgs } from './configuration.ts'

export interface Given<Value extends string, Switch extends string> {
  readonly values: Readonly<Partial<Record<Value, string>>>
  readonly switches: ReadonlySet<Switch | 'json'>
  readonly positionals: readonly string[]
}

/** What a command has to say. */
export interface Said {
  /** The result, for a person; ends in a line break. */
  readonly text?: string
  /** The same for a program, with `--json`. */
  readonly json?: object
  /** To standard error: what is no result. */
  readonly note?: string
  /** 0 if it is not given. */
  readonly code?: number
}

export interface KeeperSpec<Value extends string, Switch extends string> {
  /** `user add` */
  readonly path: string
  readonly summary: string
  /** What follows the path, before the flags of the configuration. */
  readonly synopsis: string
  /** Paragraphs of the help. */
  readonly about: string
  readonly positionals?: readonly string[]
  readonly values?: readonly Value[]
  readonly switches?: readonly Switch[]
  readonly flags?: readonly (readonly [flag: string, text: string])[]
  /** What has to be asked or read before a registry is opened. @throws UsageError */
  prepare?(given: Given<Value, Switch>, io: Io): Promise<unknown>
  run(given: Given<Value, Switch>, registry: Management, prepared: unknown): Promise<Said>
}

/** Files are for the registry's user and, to read, for its group. */
const umask = 0o027

function say({ text = '', json, note = '', code = 0 }: Said, asJson: boolean, io: Io): number {
  io.stderr.write(note)
  io.stdout.write(asJson && json ? `${JSON.stringify(json, null, 2)}\n` : text)
  return code
}

export function keeperCommand<
  const Value extends string = never,
  const Switch extends string = never,
>(spec: KeeperSpec<Value, Switch>): Command {
  const { path, summary, synopsis, about, flags = [] } = spec
  const name = path.split(' ').at(-1) as string
  const json = ['--json', 'The result as JSON.'] as const
  const words = ['layerhouse', path, synopsis, '[--json]', configurationSynopsis]
  return {
    name,
    summary,
    usage: `Usage: ${words.filter((word) => word !== '').join(' ')}

${about}

Flags:
${configurationFlagsHelp([...flags, json])}`,
    async run(args, io) {
      const own = { values: spec.values ?? [], positionals: spec.positionals ?? [] }
      const known = [...(spec.switches ?? []), 'json'] as const
      const { config, warnings, ...given } = loadFromArgs(args, io, known, own)
      for (const warning of warnings) io.stderr.write(`warning: ${warning}\n`)
      const prepared = await spec.prepare?.(given, io)
      process.umask(umask)
      try {
        const registry = await openManagement(config)
        const said = await spec.run(given, registry, prepared).finally(registry.close)
        return say(said, given.switches.has('json'), io)
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        io.stderr.write(`layerhouse ${path}: ${message}\n`)
        return 1
      }
    },
  }
}

/** One value of a path. */
export function segment(text: string): string {
  return encodeURIComponent(text)
}

/** Rows below each other, in columns. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => row[at]?.length ?? 0)),
  )
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
