import { type BackupReport, backUp } from '../maintenance.ts'
import { packageVersion } from '../package-version.ts'
import { humanBytes } from '../services/human-bytes.ts'
import type { Command } from './command.ts'
import { configurationFlagsHelp, configurationSynopsis, loadFromArgs } from './configuration.ts'
import type { Progress } from './progress.ts'
import { formatRows, runTask, taskFlagsHelp, taskSwitches, warnOfMissing } from './task.ts'

export const backup: Command = {
  name: 'backup',
  summary: 'Copy a registry, also while it runs.',
  usage: `Usage: layerhouse backup DIR [--copy] [--quiet] [--json] ${configurationSynopsis}

Makes DIR a consistent copy of the registry, or brings an earlier backup there up to date. Content
is hard-linked where DIR is on the same file system, and copied otherwise.

Flags:
${configurationFlagsHelp([['--copy', 'Copy content, never link it.'], ...taskFlagsHelp])}`,
  async run(args, io) {
    const { config, warnings, switches, positionals } = loadFromArgs(
      args,
      io,
      ['copy', ...taskSwitches],
      { positionals: ['DIR'] },
    )
    for (const warning of warnings) io.stderr.write(`warning: ${warning}\n`)
    const [directory = ''] = positionals
    const task = {
      name: 'backup',
      switches,
      work: (progress: Progress) =>
        backUp(config, {
          directory,
          copy: switches.has('copy'),
          version: packageVersion(),
          onStep: progress.show,
        }),
      format,
      json: (report: BackupReport) => ({
        ...report,
        missing: report.missing.map(({ digest }) => digest),
      }),
      warnings: ({ missing }: BackupReport) =>
        warnOfMissing(missing, 'lost by the registry and not in the backup; push again:'),
    }
    return runTask(task, io)
  },
}

function format(report: BackupReport): string {
  const { directory, createdAt, updated, linked, copied, kept, removed } = report
  return `${directory} holds the registry as it was at ${createdAt}.
${formatRows([
  ['repositories', `${report.repositories}`],
  ['tags', `${report.tags}`],
  ['manifests', `${report.manifests}`],
  ['blobs', `${report.blobs}, ${humanBytes(report.bytes)}`],
  [
    'objects',
    `${linked} linked, ${copied} copied${updated ? `, ${kept} were there, ${removed} removed` : ''}`,
  ],
])}`
}
