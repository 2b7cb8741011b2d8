import { packageVersion } from '../package-version.ts'
import { createLogger, decideLogFormat } from '../server/logger.ts'
import { runRegistry } from '../server/run.ts'
import { stopSignal } from '../server/signals.ts'
import { explainStartFailure } from '../server/start-failure.ts'
import type { Command } from './command.ts'
import { configurationFlagsHelp, configurationSynopsis, loadFromArgs } from './configuration.ts'

/** Files are for the registry's user and, to read, for its group. */
const umask = 0o027

export const serve: Command = {
  name: 'serve',
  summary: 'Run the registry.',
  usage: `Usage: layerhouse serve ${configurationSynopsis}\n\nFlags:\n${configurationFlagsHelp()}`,
  async run(args, io) {
    const { config: loaded, warnings } = loadFromArgs(args, io)
    const config = decideLogFormat(loaded, io.stdout)
    process.umask(umask)
    const logger = createLogger(config, io.stdout)
    for (const warning of warnings) logger.warn(warning)
    try {
      const version = packageVersion()
      await runRegistry({ config, logger, version, stderr: io.stderr, until: stopSignal() })
      return 0
    } catch (error) {
      io.stderr.write(`layerhouse serve: ${explainStartFailure(error, config)}\n`)
      logger.debug({ err: error }, 'the registry ended')
      return 1
    }
  },
}
