import { type RestoreReport, restore as restoreRegistry } from '../maintenance.ts'
import { humanBytes } from '../services/human-bytes.ts'
import type { Command } from './command.ts'
import { configurationFlagsHelp, configurationSynopsis, loadFromArgs } from './configuration.ts'
import type { Progress } from './progress.ts'
import { formatRows, runTask, taskFlagsHelp, taskSwitches, warnOfMissing } from './task.ts'

export const restore: Command = {
  name: 'restore',
  summary: 'Bring a backup back.',
  usage: `Usage: layerhouse restore DIR [--copy] [--force] [--quiet] [--json] ${configurationSynopsis}

Makes the data directory what the backup in DIR holds. No registry may be running on it. If this is
cut off, run it again.

Flags:
${configurationFlagsHelp([
  ['--copy', 'Copy content, never link it.'],
  ['--force', 'Replace the registry that is there; its metadata is kept aside.'],
  ...taskFlagsHelp,
])}`,
  async run(args, io) {
    const { config, warnings, switches, positionals } = loadFromArgs(
      args,
      io,
      ['copy', 'force', ...taskSwitches],
      { positionals: ['DIR'] },
    )
    for (const warning of warnings) io.stderr.write(`warning: ${warning}\n`)
    const [directory = ''] = positionals
    const task = {
      name: 'restore',
      switches,
      work: ({ show }: Progress) =>
        restoreRegistry(config, {
          directory,
          copy: switches.has('copy'),
          force: switches.has('force'),
          onStep: show,
        }),
      format,
      json: (report: RestoreReport) => ({
        ...report,
        replaced: report.replaced ?? null,
        missing: report.missing.map(({ digest }) => digest),
      }),
      warnings: ({ missing }: RestoreReport) =>
        warnOfMissing(missing, 'named by the backup and not whole in it; push again:'),
    }
    return runTask(task, io)
  },
}

function format(report: RestoreReport): string {
  const { root, createdAt, linked, copied, kept, replaced, missing } = report
  const whole = report.blobs - missing.length
  return `${root} holds the registry as it was at ${createdAt}.
${formatRows([
  ['repositories', `${report.repositories}`],
  ['tags', `${report.tags}`],
  ['manifests', `${report.manifests}`],
  ['blobs', `${report.blobs}, ${humanBytes(report.bytes)}`],
  ['objects', `${linked} linked, ${copied} copied, ${kept} were there`],
  ['verified', `${whole} of ${report.blobs} blobs are there with their size`],
  ...(replaced === undefined ? [] : [['replaced', `the old metadata is ${replaced}`] as const]),
])}`
}
