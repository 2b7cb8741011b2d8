import { openManagement } from '../management.ts'
import { humanBytes } from '../services/human-bytes.ts'
import type { Command } from './command.ts'
import { configurationFlagsHelp, configurationSynopsis, loadFromArgs } from './configuration.ts'
import { count, runTask, taskFlagsHelp, taskSwitches } from './task.ts'

interface GcRun {
  readonly manifests: number
  readonly blobs: number
  readonly objects: number
  readonly freedBytes: number
}

interface GcPreview extends Omit<GcRun, 'objects'> {
  readonly items: readonly {
    readonly kind: string
    readonly repository?: string
    readonly digest: string
    readonly bytes: number
    readonly reason: string
  }[]
  readonly nextAt?: string
}

export const gc: Command = {
  name: 'gc',
  summary: 'Collect garbage now.',
  usage: `Usage: layerhouse gc [--dry-run] [--quiet] [--json] ${configurationSynopsis}

Removes what nothing has referred to for gc.grace. A running registry does so by itself every
gc.interval; this asks it to do it now. If none runs, it is done here.

Flags:
${configurationFlagsHelp([
  ['--dry-run', 'Tell what would be removed, and change nothing.'],
  ...taskFlagsHelp,
])}`,
  async run(args, io) {
    const given = loadFromArgs(args, io, ['dry-run', ...taskSwitches])
    const { config, warnings, switches } = given
    for (const warning of warnings) io.stderr.write(`warning: ${warning}\n`)
    const dryRun = switches.has('dry-run')
    const task = {
      name: 'gc',
      switches,
      async work() {
        const registry = await openManagement(config)
        const asked = { dryRun, cause: 'command' }
        return registry.ask<GcRun | GcPreview>('POST', '/gc', asked).finally(registry.close)
      },
      format: (report: GcRun | GcPreview) =>
        'items' in report ? formatPreview(report) : formatRun(report),
      json: (report: GcRun | GcPreview) => report,
      warnings: () => [],
    }
    return runTask(task, io)
  },
}

function totals({ manifests, blobs, freedBytes }: Omit<GcRun, 'objects'>): string {
  return `${count(manifests, 'manifest')} and ${count(blobs, 'blob')} (${humanBytes(freedBytes)})`
}

function formatRun(run: GcRun): string {
  return `removed ${totals(run)}, ${count(run.objects, 'file')}\n`
}

function formatPreview(preview: GcPreview): string {
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
