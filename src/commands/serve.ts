import type { Command } from './command.ts'
import { configurationFlagsHelp, configurationSynopsis, loadFromArgs } from './configuration.ts'

export const serve: Command = {
  name: 'serve',
  summary: 'Run the registry.',
  usage: `Usage: layerhouse serve ${configurationSynopsis}\n\nFlags:\n${configurationFlagsHelp()}`,
  async run(args, io) {
    const { warnings } = loadFromArgs(args, io)
    for (const warning of warnings) io.stderr.write(`warning: ${warning}\n`)
    io.stderr.write('the server is not part of this build\n')
    return 1
  },
}
