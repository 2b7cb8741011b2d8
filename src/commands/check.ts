import { type CheckReport, check as checkData, type Finding } from '../maintenance.ts'
import { humanBytes } from '../services/human-bytes.ts'
import type { Command } from './command.ts'
import { configurationFlagsHelp, configurationSynopsis, loadFromArgs } from './configuration.ts'
import type { Progress } from './progress.ts'
import { count, runTask, taskFlagsHelp, taskSwitches } from './task.ts'

export const check: Command = {
  name: 'check',
  summary: 'Verify every blob and every row of a data directory.',
  usage: `Usage: layerhouse check [--repair] [--quiet] [--json] ${configurationSynopsis}

Reads all content and compares it with its digest, and the metadata with itself and with the files.
It may run beside a registry; only --repair needs that stopped. What --repair puts aside is moved to
the directory quarantine in the data directory and can be deleted there.

The exit code is 0 if all is well, and 1 if anything was found, repaired or not.

Flags:
${configurationFlagsHelp([
  ['--repair', 'Take bad content out of use, so that pushing it again heals it.'],
  ...taskFlagsHelp,
])}`,
  async run(args, io) {
    const { config, warnings, switches } = loadFromArgs(args, io, ['repair', ...taskSwitches])
    for (const warning of warnings) io.stderr.write(`warning: ${warning}\n`)
    const task = {
      name: 'check',
      switches,
      work: (progress: Progress) =>
        checkData(config, { repair: switches.has('repair'), onStep: progress.show }),
      format,
      json: (report: CheckReport) => report,
      warnings: () => [],
      failed: ({ findings }: CheckReport) => findings.length > 0,
    }
    return runTask(task, io)
  },
}

/** `blob sha256:…: wrong content (1.2 KiB, sha256/ab/…), put aside` */
function formatFinding({ what, problem, repair, ...rest }: Finding): string {
  const { repository, digest, key, size, detail } = rest
  const place = [repository, digest ?? key].filter((part) => part !== undefined).join('@')
  const facts = [
    size === undefined ? undefined : humanBytes(size),
    digest === undefined ? undefined : key,
    detail,
  ].filter((fact) => fact !== undefined)
  const name = place === '' ? what : `${what} ${place}`
  const about = facts.length > 0 ? ` (${facts.join(', ')})` : ''
  return `${name}: ${problem}${about}${repair === undefined ? '' : `, ${repair}`}\n`
}

function format({ counts, findings, repaired }: CheckReport): string {
  const { blobs, bytes, manifests, objects } = counts
  const looked = `checked ${count(blobs, 'blob')} (${humanBytes(bytes)}), ${count(manifests, 'manifest')} and ${count(objects, 'object')}`
  if (findings.length === 0) return `${looked}: all is well\n`
  const advice = repaired
    ? 'push again what was damaged, and it is healed'
    : 'stop the registry and run "layerhouse check --repair" to take what is bad out of use'
  const lines = findings.map(formatFinding).join('')
  return `${lines}${looked}: ${count(findings.length, 'finding')}; ${advice}\n`
}
