import { resolve } from 'node:path'
import { loadConfig } from '../../config/load.ts'
import { parseArguments } from './arguments.ts'
import { type Command, UsageError } from './command.ts'
import { group } from './dispatch.ts'
import { formatMadeCertificates } from './tls-lines.ts'

const defaultDays = 397
const maxDays = 3650

function daysOf(text: string | undefined): number {
  if (text === undefined) return defaultDays
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (days >= 1 && days <= maxDays) return days
  throw new UsageError(`--days: ${JSON.stringify(text)} is no number of days from 1 to ${maxDays}`)
}

const init: Command = {
  name: 'init',
  summary: 'Make a private authority and a certificate for HTTPS.',
  usage: `Usage: layerhouse tls init NAME... [--out DIR] [--days N] [--force]

Makes a certificate for the DNS names and IP addresses by which clients reach the registry, and a
private authority that vouches for it; and tells what to write into the configuration, and how
clients learn to trust the authority. An authority that is in the directory already is used again:
clients that trust it need nothing new.

Flags:
  --out DIR  Where the files go, ./tls if absent.
  --days N   How long the certificate is valid; ${defaultDays} if absent.
  --force    Replace a certificate and its key that are there. The authority stays.
`,
  async run(args, io) {
    const { values, switches, positionals } = parseArguments(args, {
      values: ['out', 'days'],
      switches: ['force'],
      positionals: ['NAME'],
      more: true,
    })
    const days = daysOf(values.days)
    // Nobody else needs the code that makes certificates.
    const { parseServerName } = await import('../certificates/names.ts')
    const { makeCertificates } = await import('../certificates/files.ts')
    try {
      const names = positionals.map(parseServerName)
      const directory = resolve(values.out ?? 'tls')
      const request = { directory, names, days, force: switches.has('force') }
      const made = await makeCertificates(request)
      const { http } = loadConfig({ env: io.env, flags: {} }).config
      io.stdout.write(formatMadeCertificates(made, names, http.port))
      return 0
    } catch (error) {
      io.stderr.write(`layerhouse tls init: ${(error as Error).message}\n`)
      return 1
    }
  },
}

export const tls: Command = group('tls', 'Make what HTTPS needs.', [init])
