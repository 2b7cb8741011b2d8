import { packageVersion } from '../package-version.ts'
import { parseArguments } from './arguments.ts'
import type { Command } from './command.ts'

export const version: Command = {
  name: 'version',
  aliases: ['--version', '-v'],
  summary: 'Show the version.',
  usage: 'Usage: layerhouse version\n',
  async run(args, { stdout }) {
    parseArguments(args, {})
    stdout.write(`layerhouse ${packageVersion()}\n`)
    return 0
  },
}
