import { type GcPreview, previewGarbage } from '../maintenance.ts'
import { openManagement } from '../management.ts'
import { humanBytes } from '../services/human-bytes.ts'
import type { Command } from './command.ts'
import { configurationFlagsHelp, configurationSynopsis, loadFromArgs } from './configuration.ts'
import { count, runTask, taskSwitches } from './task.ts'

interface GcRun {
  readonly manifests: number
  readonly blobs: number
  readonly objects: number
  readonly freedBytes: number
}

const known = ['dry-run', 'delete-untagged', ...taskSwitches] as const

/** Those of registry:2, as are the flags: what calls it by schedule goes on to work. */
const letters = { d: 'dry-run', m: 'delete-untagged', q: 'quiet' } as const

export const gc: Command = {
  name: 'gc',
  aliases: ['garbage-collect'],
  summary: 'Collect garbage now.',
  usage: `Usage: layerhouse gc [--dry-run|-d] [--delete-untagged|-m] [--quiet|-q] [--json] ${configurationSynopsis} [FILE]

Removes what nothing has referred to for gc.grace. A running registry does so by itself every
gc.interval; this asks it to do it now. If none runs, it is done here. FILE is the same as --config
FILE, and "layerhouse garbage-collect" the same as "layerhouse gc".

Flags:
${configurationFlagsHelp([
  ['--dry-run, -d', 'Tell what would be removed, and change nothing.'],
  ['--delete-untagged, -m', 'Images without a tag that were pushed by digest, too.'],
  ['--quiet, -q', 'Say nothing but mistakes.'],
  ['--json', 'The result as one JSON object.'],
])}`,
  async run(args, io) {
    const { config, warnings, switches } = loadFromArgs(args, io, known, {
      letters,
      bareFile: true,
    })
    for (const warning of warnings) io.stderr.write(`warning: ${warning}\n`)
    const untagged = switches.has('delete-untagged')
    const task = {
      name: 'gc',
      switches,
      async work(): Promise<GcRun | GcReport> {
        if (switches.has('dry-run')) return toReport(await previewGarbage(config, { untagged }))
        const registry = await openManagement(config)
        const asked = { untagged, cause: 'command' }
        return registry.ask<GcRun>('POST', '/gc', asked).finally(registry.close)
      },
      format: (report: GcRun | GcReport) => (switches.has('quiet') ? '' : format(report)),
      json: (report: GcRun | GcReport) => report,
      warnings: () => [],
    }
    return runTask(task, io)
  },
}

function format(report: GcRun | GcReport): string {
  return 'items' in report ? formatPreview(report) : formatRun(report)
}

/** As the management API tells it. */
function toReport({ bytes: freedBytes, nextAt, ...rest }: GcPreview) {
  const next = nextAt === undefined ? {} : { nextAt: new Date(nextAt).toISOString() }
  return { ...rest, freedBytes, ...next }
}

type GcReport = ReturnType<typeof toReport>

function totals({ manifests, blobs, freedBytes }: Omit<GcRun, 'objects'>): string {
  return `${count(manifests, 'manifest')} and ${count(blobs, 'blob')} (${humanBytes(freedBytes)})`
}

function formatRun(run: GcRun): string {
  return `removed ${totals(run)}, ${count(run.objects, 'file')}\n`
}

function formatPreview(preview: GcReport): string {
  const { items, manifests, blobs, nextAt } = preview
  const lines = items.map(({ kind, repository, digest, bytes, reason }) => {
    const name = repository === undefined ? digest : `${repository}@${digest}`
    return `${kind} ${name}: ${reason} (${humanBytes(bytes)})\n`
  })
  const more = manifests + blobs - items.length
  const rest = more > 0 ? `and ${more} more\n` : ''
  const next = nextAt === undefined ? '' : `; more may be due at ${nextAt}`
  return `${lines.join('')}${rest}would remove ${totals(preview)}${next}\n`
}
