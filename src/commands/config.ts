import { keys } from '../../config/keys.ts'
import { rulesOf } from '../../config/kinds.ts'
import { type LoadedConfig, loadConfig } from '../../config/load.ts'
import { describeOrigin } from '../../config/settings.ts'
import { parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { configurationFlagsHelp, configurationSynopsis, loadFromArgs } from './configuration.ts'
import { group } from './dispatch.ts'

const print: Command = {
  name: 'print',
  summary: 'Show every value in force and where it comes from.',
  usage: `Usage: layerhouse config print [--json] ${configurationSynopsis}

Shows what "layerhouse serve" would run with, given the same flags, file and environment.

Flags:
${configurationFlagsHelp([['--json', 'One object, by key: durations in milliseconds, sizes in bytes.']])}`,
  async run(args, { stdout, stderr, env }) {
    const loaded = loadFromArgs(args, { stdout, stderr, env }, ['json'])
    for (const warning of loaded.warnings) stderr.write(`warning: ${warning}\n`)
    stdout.write(loaded.switches.has('json') ? formatJson(loaded) : formatTable(loaded))
    return 0
  },
}

const check: Command = {
  name: 'check',
  summary: 'Tell whether a configuration file is right.',
  usage: `Usage: layerhouse config check FILE

Reads the file alone, without flags and environment, and names every mistake in it.
`,
  async run(args, { stdout }) {
    const [file = ''] = parseArguments(args, { positionals: ['FILE'] }).positionals
    loadConfig({ file, env: {}, flags: {} })
    stdout.write(`${file}: ok\n`)
    return 0
  },
}

export const config: Command = group('config', 'Look at the configuration.', [print, check])

/** `http.port  5001  environment LAYERHOUSE_HTTP_PORT`, in columns. */
function formatTable(loaded: LoadedConfig): string {
  const rows = keys.map(({ path, field }) => {
    const value = valueAt(loaded, path)
    const shown = value === undefined ? 'none' : rulesOf(field).write(value)
    return [path, shown, describeOrigin(loaded.origins[path])] as const
  })
  const pathWidth = Math.max(...rows.map(([path]) => path.length))
  const valueWidth = Math.max(...rows.map(([, value]) => value.length))
  return rows
    .map(
      ([path, value, from]) => `${path.padEnd(pathWidth)}  ${value.padEnd(valueWidth)}  ${from}\n`,
    )
    .join('')
}

function formatJson(loaded: LoadedConfig): string {
  const entries = keys.map(({ path }) => [
    path,
    { value: valueAt(loaded, path) ?? null, origin: loaded.origins[path] },
  ])
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`
}

function valueAt({ config: root }: LoadedConfig, path: string): unknown {
  let value: unknown = root
  for (const name of path.split('.')) value = (value as Record<string, unknown>)[name]
  return value
}
