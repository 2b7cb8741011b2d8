import { type AdoptReport, adopt as adoptRegistry, type Way } from '../adoption.ts'
import { humanBytes } from '../services/human-bytes.ts'
import { formatFindings } from './adopt-findings.ts'
import { type Command, UsageError } from './command.ts'
import { configurationFlagsHelp, configurationSynopsis, loadFromArgs } from './configuration.ts'
import type { Progress } from './progress.ts'
import { count, formatRows, runTask, taskFlagsHelp, taskSwitches } from './task.ts'

const ways = ['link', 'copy', 'move'] as const

export const adopt: Command = {
  name: 'adopt',
  summary: 'Take over the images of a registry:2 from its directory.',
  usage: `Usage: layerhouse adopt DIR [--link|--copy|--move] [--dry-run] [--quiet] [--json] ${configurationSynopsis}

Makes the images of a registry:2 or distribution v3 in DIR, its storage root, images of this registry,
with their tags and the times of these. The data directory may be DIR itself. Every blob is read and
compared with its digest once; what is broken is left out and named. No registry may be running on the
data directory. If this is cut off, run it again.

Flags:
${configurationFlagsHelp([
  ['--link', 'Share the files with the old registry, which stays as it is; the default.'],
  ['--copy', 'Copy the files; for another file system.'],
  ['--move', 'Share the files, and at the end remove from DIR all that is here.'],
  ['--dry-run', 'Read and verify everything, tell what would be done, and change nothing.'],
  ...taskFlagsHelp,
])}`,
  async run(args, io) {
    const { config, warnings, switches, positionals } = loadFromArgs(
      args,
      io,
      [...ways, 'dry-run', ...taskSwitches],
      { positionals: ['DIR'] },
    )
    for (const warning of warnings) io.stderr.write(`warning: ${warning}\n`)
    const [source = ''] = positionals
    const way = wayOf(switches)
    const task = {
      name: 'adopt',
      switches,
      work: ({ show }: Progress) =>
        adoptRegistry(config, { source, way, dryRun: switches.has('dry-run'), onStep: show }),
      format,
      json: ({ counts, ...report }: AdoptReport) => ({ ...report, ...counts }),
      warnings: () => [],
      failed: ({ findings }: AdoptReport) => findings.some(({ leftOut }) => leftOut),
    }
    return runTask(task, io)
  },
}

/** @throws UsageError if there is more than one. */
function wayOf(switches: ReadonlySet<string>): Way {
  const [way = 'link', other] = ways.filter((name) => switches.has(name))
  if (other === undefined) return way
  throw new UsageError(`--${way} and --${other} exclude each other`)
}

const verbs = {
  link: ['linked', 'would be linked'],
  copy: ['copied', 'would be copied'],
  move: ['moved', 'would be moved'],
} as const

function format(report: AdoptReport): string {
  const { counts, findings, source, root, dryRun, way } = report
  const { blobs, manifests, tags, unreferenced } = counts
  const verb = verbs[way][dryRun ? 1 : 0]
  const adopted = dryRun ? 'would be adopted' : 'adopted'
  const untagged =
    counts.untagged === 0
      ? []
      : [
          [
            'untagged',
            `${count(counts.untagged, 'manifest')} without a tag, kept; see gc.untagged`,
          ] as const,
        ]
  const garbage =
    unreferenced.blobs === 0
      ? []
      : [
          [
            'unreferenced',
            `${count(unreferenced.blobs, 'blob')}, ${humanBytes(unreferenced.bytes)}, of no repository: left there`,
          ] as const,
        ]
  return `${formatFindings(findings)}${source} ${dryRun ? 'would be' : 'is'} adopted by ${root}.
${formatRows([
  ['repositories', `${counts.repositories}`],
  ['tags', `${tags.adopted} ${adopted}, ${tags.kept} were there`],
  ['manifests', `${manifests.adopted} ${adopted}, ${manifests.kept} were there`],
  ['blobs', `${blobs.adopted} ${verb}, ${humanBytes(counts.bytes)}; ${blobs.kept} were there`],
  ...untagged,
  ...garbage,
  ['left out', `${findings.filter(({ leftOut }) => leftOut).length}`],
])}${dryRun ? 'Nothing was changed.\n' : ''}`
}
