import { type CheckReport, checkData, type Finding } from '../offline/check.ts'
import { explainStartFailure } from '../server/start-failure.ts'
import type { Command } from './command.ts'
import { configurationFlagsHelp, configurationSynopsis, loadFromArgs } from './configuration.ts'

const flags = [
  ['--repair', 'Take bad content out of use, so that pushing it again heals it.'],
  ['--json', 'One object with all findings, for a machine.'],
] as const

export const check: Command = {
  name: 'check',
  summary: 'Verify every blob and every row of a data directory.',
  usage: `Usage: layerhouse check [--repair] [--json] ${configurationSynopsis}

Reads all content and compares it with its digest, and the metadata with itself and with the files.
It may run beside a server; only --repair needs the server stopped. What --repair puts aside is moved
to the directory quarantine below the data directory and can be deleted there.

Exit code 0 if all is well, 1 if anything was found, repaired or not.

Flags:
${configurationFlagsHelp(flags)}`,
  async run(args, io) {
    const { config, switches } = loadFromArgs(args, io, ['repair', 'json'])
    const json = switches.has('json')
    try {
      const report = await checkData(config, {
        repair: switches.has('repair'),
        onFinding: (finding) => {
          if (!json) io.stdout.write(`${formatFinding(finding)}\n`)
        },
      })
      io.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : formatSummary(report))
      return report.findings.length === 0 ? 0 : 1
    } catch (error) {
      io.stderr.write(`layerhouse check: ${explainStartFailure(error, config)}\n`)
      return 1
    }
  },
}

/** `blob sha256:…: wrong content (1234 bytes), put aside` */
function formatFinding({ what, problem, repair, ...rest }: Finding): string {
  const { repository, digest, key, size, detail } = rest
  const place = [repository, digest ?? key].filter((part) => part !== undefined).join('@')
  const facts = [
    size === undefined ? undefined : `${size} bytes`,
    digest === undefined ? undefined : key,
    detail,
  ].filter((fact) => fact !== undefined)
  const about = facts.length > 0 ? ` (${facts.join(', ')})` : ''
  return `${[what, place].filter((part) => part !== '').join(' ')}: ${problem}${about}${repair ? `, ${repair}` : ''}`
}

function formatSummary({ counts, findings, repaired }: CheckReport): string {
  const { blobs, bytes, manifests, objects } = counts
  const looked = `checked ${blobs} blobs (${bytes} bytes), ${manifests} manifests and ${objects} objects`
  if (findings.length === 0) return `${looked}: all is well\n`
  const advice = repaired
    ? 'push again what was damaged, and it is healed'
    : 'stop the server and run "layerhouse check --repair" to take what is bad out of use'
  return `${looked}: ${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}; ${advice}\n`
}
