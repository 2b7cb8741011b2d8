import { type RebuildReport, rebuild as rebuildRegistry } from '../maintenance.ts'
import { humanBytes } from '../services/human-bytes.ts'
import { type Command, UsageError } from './command.ts'
import { configurationFlagsHelp, configurationSynopsis, loadFromArgs } from './configuration.ts'
import type { Progress } from './progress.ts'
import { count, formatRows, runTask, taskFlagsHelp, taskSwitches, warnOfMissing } from './task.ts'

export const rebuild: Command = {
  name: 'rebuild',
  summary: 'Make lost metadata anew from a snapshot and the blobs.',
  usage: `Usage: layerhouse rebuild [--snapshot FILE] [--force] [--quiet] [--json] ${configurationSynopsis}

For a data directory whose metadata.db is lost or damaged. Takes the newest snapshot, makes it agree
with the blobs that are there, and says what came back. No registry may be running on it.

Flags:
${configurationFlagsHelp([
  ['--snapshot FILE', 'A copy of the metadata to take, e.g. the metadata.db of a backup.'],
  ['--force', 'Replace sound metadata too; it is kept aside.'],
  ...taskFlagsHelp,
])}`,
  async run(args, io) {
    const { config, warnings, switches, values } = loadFromArgs(
      args,
      io,
      ['force', ...taskSwitches],
      { values: ['snapshot'] },
    )
    if (values.snapshot === '') throw new UsageError('--snapshot needs a value')
    for (const warning of warnings) io.stderr.write(`warning: ${warning}\n`)
    const task = {
      name: 'rebuild',
      switches,
      work: (progress: Progress) =>
        rebuildRegistry(config, {
          snapshot: values.snapshot,
          force: switches.has('force'),
          onStep: progress.show,
          onUnusable(reason) {
            progress.end()
            io.stderr.write(`warning: ${reason}\n`)
          },
        }),
      format,
      json: (report: RebuildReport) => ({
        ...report,
        replaced: report.replaced ?? null,
        missing: report.missing.map(({ digest }) => digest),
      }),
      warnings: ({ missing }: RebuildReport) =>
        warnOfMissing(missing, 'named by the snapshot and not there; push again:'),
    }
    return runTask(task, io)
  },
}

function format(report: RebuildReport): string {
  const { root, snapshot, repointed, missing, unnamed, replaced } = report
  const bytes = missing.reduce((rest, { size }) => rest - size, report.bytes)
  return `The metadata of ${root} is made from ${snapshot}. This came back:
${formatRows([
  ['repositories', `${report.repositories}`],
  ['tags', `${report.tags}`],
  ['manifests', `${report.manifests}`],
  ['blobs', `${report.blobs - missing.length} of ${report.blobs}, ${humanBytes(bytes)}`],
  ['pushed again', `${count(repointed, 'blob')}, found in a newer object`],
  ['missing', count(missing.length, 'blob')],
  [
    'not named',
    `${count(unnamed, 'object')} left alone: newer than the snapshot, or given up before it`,
  ],
  ...(replaced === undefined ? [] : [['replaced', `the old metadata is ${replaced}`] as const]),
])}What was pushed, tagged or deleted after the snapshot is not in it.
`
}
