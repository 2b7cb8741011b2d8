import { ConfigError } from '../../config/error.ts'
import { didYouMean } from '../../config/nearest.ts'
import { type Command, HelpRequest, type Io, UsageError } from './command.ts'

const helpNames = ['help', '--help', '-h']

/**
 * Runs the command that the first argument names and returns the exit code.
 * `path` is what was typed before it: `layerhouse`, or `layerhouse config`.
 */
export async function dispatch(
  path: string,
  commands: readonly Command[],
  args: readonly string[],
  io: Io,
): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined) {
    io.stderr.write(usageOf(path, commands))
    return 2
  }
  if (helpNames.includes(name)) {
    const about = rest.filter((word) => !helpNames.includes(word))
    if (about.length > 0) return dispatch(path, commands, [...about, '--help'], io)
    io.stdout.write(usageOf(path, commands))
    return 0
  }
  const command = commands.find((each) => each.name === name || each.aliases?.includes(name))
  if (command !== undefined) return runCommand(`${path} ${command.name}`, command, rest, io)
  if (name.startsWith('-')) return complain(path, [`a command is missing before ${name}`], io)
  const names = [...commands.map((each) => each.name), 'help']
  const hint = didYouMean(name, names) ?? `; the commands are ${names.join(', ')}`
  return complain(path, [`unknown command ${name}${hint}`], io)
}

/** A command that only holds others, as `layerhouse config` does. */
export function group(name: string, summary: string, commands: readonly Command[]): Command {
  const path = `layerhouse ${name}`
  return {
    name,
    summary,
    usage: usageOf(path, commands),
    run: (args, io) => dispatch(path, commands, args, io),
  }
}

function usageOf(path: string, commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}\n`)
  return (
    `Usage: ${path} COMMAND\n\nCommands:\n${lines.join('')}\n` +
    `"${path} COMMAND --help" tells more about one.\n`
  )
}

async function runCommand(
  path: string,
  command: Command,
  args: readonly string[],
  io: Io,
): Promise<number> {
  try {
    return await command.run(args, io)
  } catch (error) {
    if (error instanceof HelpRequest) {
      io.stdout.write(command.usage)
      return 0
    }
    if (error instanceof UsageError) return complain(path, error.message.split('\n'), io)
    if (!(error instanceof ConfigError)) throw error
    for (const message of error.messages) io.stderr.write(`${message}\n`)
    return 1
  }
}

function complain(path: string, messages: readonly string[], io: Io): number {
  for (const message of messages) io.stderr.write(`${path}: ${message}\n`)
  io.stderr.write(`"${path} --help" shows the usage.\n`)
  return 2
}
